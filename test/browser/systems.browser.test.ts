import { setupWorker } from 'msw/browser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cam2, camdram, dive, musement, TokenManager, type TokenManagerOptions } from '../../src/index.ts'
import { createEmulation } from '../../src/testing.ts'

// In a page whose service worker answers for the four systems: presets and test kit run where there is no Node.
const emulation = createEmulation()
const worker = setupWorker(...emulation.handlers)
beforeAll(() => worker.start({ quiet: true, onUnhandledFrame: 'bypass' }))
afterAll(() => worker.stop())

const { credentials, baseUrls } = emulation
const systems: { name: 'cam2' | 'camdram' | 'dive' | 'musement'; options: TokenManagerOptions; path: string }[] = [
  { name: 'cam2', options: cam2(credentials.cam2), path: '/cameras.json' },
  { name: 'camdram', options: camdram(credentials.camdram), path: '/shows.json' },
  { name: 'dive', options: dive(credentials.diveUser), path: '/movies' },
  { name: 'musement', options: musement(credentials.musementUser), path: '/cities' },
]

describe('in a browser', () => {
  it.each(systems)('$name → a token, the list behind it, and another token once that one is revoked', async ({ name, options, path }) => {
    const tokens = new TokenManager(options)
    const list = async () => {
      const response = await tokens.fetch(`${baseUrls[name]}${path}`)
      return [response.ok, (await response.text()).length > 100]
    }
    const listed = [true, true]
    expect(await Promise.all([list(), list(), list()])).toEqual([listed, listed, listed])
    // Dive's document wants JSON: the form that is tried first is refused.
    const { tokenRequests, refusedTokenRequests } = emulation.counters[name]
    expect(tokenRequests - refusedTokenRequests).toBe(1)
    emulation.revoke(name, { refreshTokens: true })
    expect(await list()).toEqual(listed)
    tokens.dispose()
  })
})
