import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { checkManagerOptions, type TokenManagerOptions } from '../../../src/manager/options.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { testProvider } from '../../support/test-provider.ts'

const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })
const right = (): TokenManagerOptions => ({ provider: testProvider(), grant })
const profile = (fields: object): Provider => ({ ...testProvider(), ...fields }) as Provider

describe('a wrong option', () => {
  const canary = 'canary-4711'
  test.each([
    ['provider', { provider: undefined }],
    ['provider', { provider: null }],
    ['provider', { provider: 'cam2' }],
    ['grant', { grant: undefined }],
    ['grant', { grant: null }],
    ['grant', { grant: {} }],
    ['grant', { grant: { clientId: 'client', clientSecret: canary } }],
    ['grant', { grant: canary }],
    ['provider.apiUrl', { provider: profile({ apiUrl: undefined }) }],
    ['provider.apiUrl', { provider: profile({ apiUrl: `/${canary}` }) }],
    ['provider.apiUrl', { provider: profile({ apiUrl: `http://${canary}.example` }) }],
    ['provider.tokenUrl', { provider: profile({ tokenUrl: undefined }) }],
    ['provider.tokenUrl', { provider: profile({ tokenUrl: 'http://auth.example.com/token' }) }],
    ['provider.tokenUrl', { provider: profile({ tokenUrl: `https://user:${canary}@auth.example.com/token` }) }],
    ['provider.renewal.url', { provider: profile({ renewal: { by: 'refresh_token', url: 'http://auth.example.com/refresh' } }) }],
    ['provider.renewal.url', { provider: profile({ renewal: { by: 'refresh_token', url: canary } }) }],
    ['provider.renewal', { provider: profile({ renewal: null }) }],
    ['provider.renewal', { provider: profile({ renewal: 'refresh_token' }) }],
    ['store', { store: null }],
    ['store', { store: {} }],
    ['store', { store: { ...memoryStore(), get: () => {} } }],
    ['store', { store: { get() {}, set() {} } }],
    ['subject', { subject: '' }],
    ['subject', { subject: 42 }],
    ['subject', { subject: null }],
    ['origins', { origins: 'https://files.example.com' }],
    ['origins', { origins: null }],
    ['origins[1]', { origins: ['https://files.example.com', canary] }],
    ['origins[0]', { origins: ['http://files.example.com'] }],
    ['origins[0]', { origins: [`https://user:${canary}@files.example.com`] }],
    ['origins[0]', { origins: ['*'] }],
    ['origins[0]', { origins: [undefined] }],
    ['foreignOrigins', { foreignOrigins: 'allow' }],
    ['foreignOrigins', { foreignOrigins: null }],
    ['foreignOrigins', { foreignOrigins: true }],
    ['foreignOrigins', { foreignOrigins: ['pass-through'] }],
    ['allowInsecureRequests', { allowInsecureRequests: 'false' }],
    ['allowInsecureRequests', { allowInsecureRequests: 1 }],
    ['renewal', { renewal: null }],
    ['renewal', { renewal: false }],
    ['renewal.aheadMs', { renewal: { aheadMs: -1 } }],
    ['renewal.aheadMs', { renewal: { aheadMs: '300' } }],
    ['renewal.aheadMs', { renewal: { aheadMs: Number.NaN } }],
    ['renewal.marginMs', { renewal: { marginMs: Number.POSITIVE_INFINITY } }],
    ['renewal.scheduled', { renewal: { scheduled: 'no' } }],
    ['retry', { retry: null }],
    ['retry', { retry: 3 }],
    ['retry.retries', { retry: { retries: -1 } }],
    ['retry.retries', { retry: { retries: Number.NaN } }],
    ['retry.minDelayMs', { retry: { minDelayMs: '1' } }],
    ['retry.maxDelayMs', { retry: { maxDelayMs: -5 } }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: Number.POSITIVE_INFINITY }],
    ['timeoutMs', { timeoutMs: '1000' }],
    // A timer that is set beyond this fires at once, and every token request would be too late.
    ['timeoutMs', { timeoutMs: 2 ** 31 }],
    ['maxReplayBytes', { maxReplayBytes: -1 }],
    ['maxReplayBytes', { maxReplayBytes: Number.NaN }],
    ['fetch', { fetch: 'fetch' }],
    ['fetch', { fetch: null }],
    ['now', { now: 0 }],
    ['now', { now: new Date() }],
  ])('%s: %o → ConfigurationError at construction, naming it, without its value', (option, wrong) => {
    const construct = () => new TokenManager({ ...right(), ...wrong } as TokenManagerOptions)
    expect(construct).toThrow(ConfigurationError)
    expect(construct).toThrow(
      expect.objectContaining({ option, message: expect.stringMatching(new RegExp(`^${option.replace(/[[\].]/g, '\\$&')}: `)) }),
    )
    expect(construct).not.toThrow(new RegExp(canary))
  })

  test.each([undefined, null, 'options', 42])('%o in the place of the options → ConfigurationError', (options) => {
    expect(() => new TokenManager(options as never)).toThrow(expect.objectContaining({ code: 'invalid_configuration', option: 'options' }))
  })
})

describe('right options', () => {
  test.each([
    ['the least that is needed', {}],
    [
      'all at once',
      {
        store: memoryStore(),
        subject: 'user-1',
        origins: [new URL('https://a.example')],
        foreignOrigins: 'refuse',
        allowInsecureRequests: false,
        renewal: { aheadMs: 0, marginMs: 0, scheduled: false },
        retry: { retries: 0, minDelayMs: 0, maxDelayMs: 0 },
        timeoutMs: 2 ** 31 - 1,
        maxReplayBytes: 0,
        fetch: globalThis.fetch,
        now: Date.now,
      },
    ],
    [
      'each one undefined',
      {
        store: undefined,
        subject: undefined,
        origins: undefined,
        foreignOrigins: undefined,
        allowInsecureRequests: undefined,
        renewal: undefined,
        retry: undefined,
        timeoutMs: undefined,
        maxReplayBytes: undefined,
        fetch: undefined,
        now: undefined,
      },
    ],
    ['each inner one undefined', { renewal: { aheadMs: undefined, scheduled: undefined }, retry: { retries: undefined } }],
    ['a store whose methods are inherited', { store: memoryStore() }],
    ['a renewal without a URL', { provider: profile({ renewal: { by: 'grant' } }) }],
  ])('%s → a manager', (_, options) => {
    expect(new TokenManager({ ...right(), ...options } as TokenManagerOptions)).toBeInstanceOf(TokenManager)
  })

  test('→ the origins that may receive the token: that of apiUrl first, then those listed, and not that of tokenUrl', () => {
    const origins = [
      'https://files.example.com/some/path?q#f',
      'HTTPS://CDN.example.com:443',
      new URL('http://[::1]:8080/x'),
      'https://bücher.example',
    ]
    expect(checkManagerOptions({ ...right(), origins })).toEqual([
      'https://api.example.com',
      'https://files.example.com',
      'https://cdn.example.com',
      'http://[::1]:8080',
      'https://xn--bcher-kva.example',
    ])
  })

  test('with allowInsecureRequests → http: is right for all URLs', () => {
    const provider = profile({
      apiUrl: 'http://api.lan',
      tokenUrl: 'http://auth.lan',
      renewal: { by: 'refresh_token', url: 'http://auth.lan/r' },
    })
    expect(checkManagerOptions({ provider, grant, origins: ['http://files.lan'], allowInsecureRequests: true })).toEqual([
      'http://api.lan',
      'http://files.lan',
    ])
  })

  test('→ are not changed, and may be frozen', () => {
    const origins = Object.freeze(['https://a.example'])
    const options = Object.freeze({ ...right(), origins, renewal: Object.freeze({}), retry: Object.freeze({}) })
    expect(() => new TokenManager(options)).not.toThrow()
    expect(Object.keys(options)).toEqual(['provider', 'grant', 'origins', 'renewal', 'retry'])
  })
})
