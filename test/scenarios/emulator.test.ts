import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cam2, camdram, dive, musement, TokenManager, type TokenManagerOptions } from '../../src/index.ts'
import {
  type Emulator,
  type EmulatorOptions,
  type Flavour,
  type SystemName,
  startEmulator,
} from '../../src/testing/emulation/start-emulator.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

async function start(options?: EmulatorOptions): Promise<Emulator> {
  const emulator = await startEmulator(options)
  onTestFinished(() => emulator.close())
  return emulator
}

function manage(options: TokenManagerOptions): TokenManager {
  const tokens = new TokenManager(options)
  onTestFinished(() => tokens.dispose())
  return tokens
}

const application = 'tokenwell-tests'

interface Case {
  system: SystemName
  path: string
  connect: (emulator: Emulator) => Pick<TokenManagerOptions, 'provider' | 'grant'>
}

const cases: Case[] = [
  { system: 'cam2', path: '/cameras.json', connect: ({ credentials, baseUrls }) => cam2({ ...credentials.cam2, baseUrl: baseUrls.cam2 }) },
  {
    system: 'camdram',
    path: '/auth/account/shows.json',
    connect: ({ credentials, baseUrls }) => camdram({ ...credentials.camdram, baseUrl: baseUrls.camdram }),
  },
  { system: 'dive', path: '/movies', connect: ({ credentials, baseUrls }) => dive({ ...credentials.dive, baseUrl: baseUrls.dive }) },
  { system: 'dive', path: '/channels', connect: ({ credentials, baseUrls }) => dive({ ...credentials.diveUser, baseUrl: baseUrls.dive }) },
  {
    system: 'musement',
    path: '/cities',
    connect: ({ credentials, baseUrls }) => musement({ ...credentials.musement, baseUrl: baseUrls.musement, application }),
  },
  {
    system: 'musement',
    path: '/cities?limit=2',
    connect: ({ credentials, baseUrls }) => musement({ ...credentials.musementUser, baseUrl: baseUrls.musement, application }),
  },
]

describe.each<Flavour>(['documented', 'real'])('the SDK against the emulator, %s', (flavour) => {
  it.each(cases)(
    '$system $path: ten calls share a token, a revoked one is replaced, an expiring one renewed',
    async ({ system, path, connect }) => {
      const clock = createFakeClock(Date.now())
      const emulator = await start({ flavour, now: clock.now })
      const tokens = manage({ ...connect(emulator), now: clock.now, renewal: { scheduled: false } })
      const call = async (): Promise<number> => {
        const response = await tokens.fetch(`${emulator.baseUrls[system]}${path}`)
        await response.arrayBuffer()
        return response.status
      }
      const statuses = await Promise.all(Array.from({ length: 10 }, call))
      expect(statuses.every((status) => status === 200 || status === 206)).toBe(true)
      expect(tokens.explain().generation).toBe(1)
      expect(emulator.revoke(system)).toBe(1)
      expect(await call()).toBeLessThan(300)
      expect(tokens.explain().generation).toBe(2)
      expect(emulator.counters[system].rejectedCalls).toBe(1)
      clock.advance(9_000_000)
      expect(await call()).toBeLessThan(300)
      expect(emulator.counters[system]).toMatchObject({ rejectedCalls: 1, apiCalls: 13 })
    },
  )
})

describe('the emulator over real HTTP', () => {
  it('listens on 127.0.0.1, on a free port, and names a base URL for each system', async () => {
    const emulator = await start()
    expect(emulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(emulator.baseUrls).toEqual({
      cam2: `${emulator.url}/cam2`,
      camdram: `${emulator.url}/camdram`,
      dive: `${emulator.url}/dive/v1`,
      musement: `${emulator.url}/musement/api/v3`,
    })
    expect((await fetch(`${emulator.url}/`)).status).toBe(404)
  })

  it('answers under the name localhost too', async () => {
    const emulator = await start()
    const { port } = new URL(emulator.url)
    const socket = connect(Number(port), '127.0.0.1')
    const body = `client_id=${emulator.credentials.cam2.clientId}&client_secret=${emulator.credentials.cam2.clientSecret}`
    socket.end(
      `POST /cam2/token/ HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    )
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*"token_type":"JWT"/)
  })

  it('the redirect for a forgotten slash leads to a 405, as on the real server', async () => {
    const emulator = await start({ flavour: 'real' })
    const response = await fetch(`${emulator.baseUrls.cam2}/token`, { method: 'POST', body: '{}' })
    expect([response.redirected, response.status]).toEqual([true, 405])
  })

  it.each(['network', 'lost'] as const)('%s cuts the connection before the reply', async (kind) => {
    const emulator = await start()
    emulator.fail({ endpoint: 'api', kind })
    await expect(fetch(`${emulator.baseUrls.camdram}/shows.json`)).rejects.toThrow(TypeError)
  })

  it('cut ends the connection in the middle of the reply', async () => {
    const emulator = await start()
    emulator.fail({ endpoint: 'api', kind: 'cut' })
    const response = await fetch(`${emulator.baseUrls.camdram}/shows.json`)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow(TypeError)
  })

  it('hang holds the connection until the client gives up', async () => {
    const emulator = await start()
    emulator.fail({ endpoint: 'api', kind: 'hang' })
    const asking = fetch(`${emulator.baseUrls.camdram}/shows.json`, { signal: AbortSignal.timeout(100) })
    await expect(asking).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('close cuts what is open; the port is free again', async () => {
    const emulator = await startEmulator()
    emulator.fail({ endpoint: 'api', kind: 'hang' })
    const asking = fetch(`${emulator.baseUrls.camdram}/shows.json`).catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await emulator.close()
    expect(await asking).toBeInstanceOf(TypeError)
    const again = await start({ port: Number(new URL(emulator.url).port) })
    expect(again.url).toBe(emulator.url)
  })

  it('a port that is taken rejects', async () => {
    const emulator = await start()
    await expect(startEmulator({ port: Number(new URL(emulator.url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
