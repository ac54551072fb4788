import { describe, expect, it } from 'vitest'
import { startEmulator } from '../../src/emulator.ts'
import {
  authorizationCode,
  cam2,
  camdram,
  clientCredentials,
  customGrant,
  defineProvider,
  deviceCredentials,
  dive,
  encryptedStore,
  indexedDbStore,
  loadStoreKey,
  memoryStore,
  musement,
  oauth2,
  password,
  refreshToken,
  TokenManager,
  webStorageStore,
} from '../../src/index.ts'
import { createClient } from '../../src/ky.ts'
import { fileStore, toNodeListener } from '../../src/node.ts'
import { createProxyFetch, createTokenProxy } from '../../src/proxy.ts'
import { redisStore } from '../../src/redis.ts'
import { completeSignIn, createAuthorizationUrl } from '../../src/sign-in.ts'
import { createEmulation, createFakeClock, createScriptedTokenServer, recordExchange } from '../../src/testing.ts'

/** What a user writes who has mistyped: no type would let it pass. */
type Mistyped = never

const client = { clientId: 'app', clientSecret: 'canary-secret' }
const urls = { tokenUrl: 'https://auth.example.com/token', apiUrl: 'https://api.example.com' }
const preset = oauth2({ ...urls, ...client, authorizationUrl: 'https://auth.example.com/authorize' })
const { provider } = preset
const manager = (): TokenManager => new TokenManager(preset)
const profile = { name: 'mine', ...urls }
const signIn = { provider, clientId: 'app', redirectUri: 'https://app.example.com/back' }
const items = new Map<string, string>()
const storage = {
  getItem: (key: string) => items.get(key),
  setItem: (key: string, value: string) => void items.set(key, value),
  removeItem: (key: string) => void items.delete(key),
}
const proxy = { tokens: manager(), upstream: urls.apiUrl, routes: [{ path: '/a', methods: ['GET'] }], authorize: () => true }
const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
const emulation = createEmulation()
/** Of the package `ioredis`, by its shape. */
const redis = { status: 'ready', call: () => {}, duplicate: () => {}, options: {} }

/** What is called, the name that is not known, the one that was meant, and the call with it. */
const table: [callee: string, unknown: string, meant: string, call: (options: Mistyped) => unknown][] = [
  ['new TokenManager', 'stores', 'store', (options) => new TokenManager({ ...preset, ...(options as object) })],
  ['new TokenManager, renewal', 'aheadms', 'aheadMs', (renewal) => new TokenManager({ ...preset, renewal })],
  ['new TokenManager, retry', 'retrys', 'retries', (retry) => new TokenManager({ ...preset, retry })],
  ['getToken', 'forceRenewl', 'forceRenewal', (options) => manager().getToken(options)],
  ['getAuthorization', 'singal', 'signal', (options) => manager().getAuthorization(options)],

  ['clientCredentials', 'clientSecrett', 'clientSecret', (options) => clientCredentials({ ...client, ...(options as object) })],
  ['password', 'userName', 'username', (options) => password({ password: 'p', ...(options as object) })],
  ['refreshToken', 'refresh_token', 'refreshToken', (options) => refreshToken({ refreshToken: 'r', ...(options as object) })],
  ['authorizationCode', 'verifier', 'codeVerifier', (options) => authorizationCode({ clientId: 'app', ...(options as object) })],
  [
    'deviceCredentials',
    'device',
    'deviceId',
    (options) => deviceCredentials({ clientKey: 'k', deviceId: 'd', ...(options as object) } as never),
  ],
  ['customGrant', 'parameter', 'parameters', (options) => customGrant({ grantType: 'g', parameters: {}, ...(options as object) })],

  ['cam2', 'baseURL', 'baseUrl', (options) => cam2({ ...client, ...(options as object) })],
  ['camdram', 'scopes', 'scope', (options) => camdram({ ...client, ...(options as object) })],
  ['dive', 'encodings', 'encoding', (options) => dive({ clientKey: 'k', deviceId: 'd', ...(options as object) } as never)],
  ['musement', 'lang', 'language', (options) => musement({ ...client, ...(options as object) })],
  ['oauth2', 'scopes', 'scope', (options) => oauth2({ ...urls, ...client, ...(options as object) })],
  ['defineProvider', 'tokenUri', 'tokenUrl', (options) => defineProvider({ ...profile, ...(options as object) })],
  ['defineProvider, tokenRequest', 'header', 'headers', (tokenRequest) => defineProvider({ ...profile, tokenRequest })],
  ['defineProvider, tokenResponse', 'access_token', 'accessToken', (tokenResponse) => defineProvider({ ...profile, tokenResponse })],

  ['fileStore', 'directroy', 'directory', fileStore],
  ['redisStore', 'prefx', 'prefix', (options) => redisStore(redis as never, options)],
  ['indexedDbStore', 'names', 'name', indexedDbStore],
  ['loadStoreKey', 'nam', 'name', loadStoreKey],
  ['encryptedStore', 'previousKey', 'previousKeys', (options) => encryptedStore(memoryStore(), { key, ...(options as object) })],

  ['createAuthorizationUrl', 'returnUrl', 'returnTo', (options) => createAuthorizationUrl({ ...signIn, storage, ...(options as object) })],
  [
    'completeSignIn',
    'secret',
    'clientSecret',
    (options) => completeSignIn({ ...signIn, storage, url: signIn.redirectUri, ...(options as object) }),
  ],

  ['createTokenProxy', 'authorise', 'authorize', (options) => createTokenProxy({ ...proxy, ...(options as object) })],
  [
    'createTokenProxy, routes',
    'method',
    'methods',
    (route) => createTokenProxy({ ...proxy, routes: [{ path: '/a', methods: ['GET'], ...(route as object) }] }),
  ],
  ['createProxyFetch', 'baseURL', 'baseUrl', createProxyFetch],
  ['createClient', 'retrys', 'retry', (options) => createClient(manager(), options)],

  ['createEmulation', 'lifetimeMS', 'lifetimeMs', createEmulation],
  ['createEmulation, one each', 'cam', 'cam2', (lifetimeMs) => createEmulation({ lifetimeMs })],
  ['startEmulator', 'ports', 'port', startEmulator],
  ['emulation.fail', 'systems', 'system', (rule) => emulation.fail({ status: 503, ...(rule as object) })],
  ['emulation.setTimes', 'latency', 'latencyMs', (times) => emulation.setTimes(times)],
  ['emulation.revoke', 'refreshToken', 'refreshTokens', (options) => emulation.revoke('cam2', options)],
  ['createScriptedTokenServer', 'replys', 'replies', createScriptedTokenServer],
  ['recordExchange', 'secret', 'secrets', (options) => recordExchange(fetch, options)],
]

/** What a call throws, or rejects with. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  return undefined
}

describe('an unknown option', () => {
  it.each(table)('of %s: %s → refused, with the one that was probably meant: %s', async (_, unknown, meant, call) => {
    const error = await failureOf(() => call({ [unknown]: 'canary-value' } as Mistyped))
    expect(error).toMatchObject({ name: 'ConfigurationError', code: 'invalid_configuration', retryable: false })
    const { message } = error as Error
    expect(message).toContain(unknown)
    expect(message).toContain(`did you mean ${meant}?`)
    expect(message).not.toContain('canary')
  })

  it.each(table)('of %s that is like none → refused, with all that there are', async (_, __, meant, call) => {
    const error = await failureOf(() => call({ xyzzyqwv: true } as Mistyped))
    expect(error).toMatchObject({ name: 'ConfigurationError' })
    expect((error as Error).message).toMatch(new RegExp(`xyzzyqwv.*is unknown; there are .*\\b${meant}\\b`))
  })
})

describe('an unknown name in another place', () => {
  it('an event → refused, with the one that was probably meant', () => {
    expect(() => manager().on('faild' as Mistyped, () => {})).toThrow(/did you mean failed\?/)
  })

  it.each<[string, string, (name: Mistyped) => unknown]>([
    ['a system of an emulation', 'cam', (name) => createEmulation({ systems: [name] })],
    ['a system of what goes wrong', 'cam', (system) => emulation.fail({ status: 503, system })],
    ['a system to revoke', 'cam', (system) => emulation.revoke(system)],
    ['a kind of what goes wrong', 'netwrok', (kind) => emulation.fail({ kind })],
  ])('%s: %s → refused', async (_, name, call) => {
    expect(await failureOf(() => call(name as Mistyped))).toMatchObject({ name: 'ConfigurationError' })
  })
})

describe('what takes no options', () => {
  it.each<[string, (options: Mistyped) => unknown]>([
    ['webStorageStore', webStorageStore],
    ['createFakeClock', createFakeClock],
    ['createClient in the place of the manager', createClient],
    ['encryptedStore in the place of the store', (options) => encryptedStore(options, { key })],
    ['redisStore in the place of the client', (options) => redisStore(options)],
    ['recordExchange in the place of fetch', recordExchange],
  ])('%s: an object → refused', async (_, call) => {
    expect(await failureOf(() => call({ name: 'x' } as Mistyped))).toMatchObject({ name: 'ConfigurationError' })
  })

  it('toNodeListener: an object → refused', () => {
    expect(() => toNodeListener({ handler: () => new Response() } as Mistyped)).toThrow(TypeError)
  })
})
