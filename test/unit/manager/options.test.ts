import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { deviceCredentials } from '../../../src/grants/device-credentials.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { readOptions, type TokenManagerOptions } from '../../../src/manager/options.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { defineProvider } from '../../../src/providers/define-provider.ts'
import { oauth2 } from '../../../src/providers/oauth2.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { testProvider } from '../../support/test-provider.ts'

const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })
const right = (): TokenManagerOptions => ({ provider: testProvider(), grant })
const urls = { tokenUrl: 'https://auth.example/token', apiUrl: 'https://api.example' }
const profile = (fields: object): Provider => ({ ...testProvider(), ...fields }) as Provider

describe('a wrong option', () => {
  const canary = 'canary-4711'
  it.each([
    ['provider', { provider: undefined }],
    ['provider', { provider: null }],
    ['provider', { provider: 'cam2' }],
    ['grant', { grant: undefined }],
    ['grant', { grant: null }],
    ['grant.grantType', { grant: {} }],
    ['grant.grantType', { grant: { clientId: 'client', clientSecret: canary } }],
    ['grant.grantType', { grant: { grantType: 5 } }],
    ['grant.clientSecret', { grant: { grantType: 'client_credentials', clientId: 'c', clientSecret: undefined } }],
    ['grant.clientSecret', { grant: { grantType: 'client_credentials', clientId: 'c', clientSecret: `${canary}\n` } }],
    ['grant.username', { grant: { grantType: 'password', username: canary } }],
    ['grant.secretParameters.password', { grant: { grantType: 'password', secretParameters: { password: 5 } } }],
    ['grant', { grant: canary }],
    ['provider.apiUrl', { provider: profile({ apiUrl: undefined }) }],
    ['provider.apiUrl', { provider: profile({ apiUrl: `/${canary}` }) }],
    ['provider.apiUrl', { provider: profile({ apiUrl: `http://${canary}.example` }) }],
    ['provider.apiUrl', { provider: profile({ apiUrl: `https://api.example.com/v1?key=${canary}` }) }],
    ['provider.apiUrl', { provider: profile({ apiUrl: `https://api.example.com/v1#${canary}` }) }],
    ['provider.apiUrl', { provider: profile({ apiUrl: new URL('https://api.example.com') }) }],
    ['provider.apiUrl', { provider: profile({ apiUrl: 'https://*.example.com' }) }],
    ['provider.name', { provider: profile({ name: '' }) }],
    ['provider.headers.Content-Type', { provider: profile({ headers: { 'Content-Type': 'application/json' } }) }],
    ['provider.headers.content-TYPE', { provider: profile({ headers: { 'content-TYPE': 'text/plain' } }) }],
    ['provider.headers.X-Key', { provider: profile({ headers: { 'X-Key': `${canary}\n${canary}` } }) }],
    ['provider.headers', { provider: profile({ headers: ['X-Key'] }) }],
    ['provider.tokenUrl', { provider: profile({ tokenUrl: undefined }) }],
    ['provider.tokenUrl', { provider: profile({ tokenUrl: 'http://auth.example.com/token' }) }],
    ['provider.tokenUrl', { provider: profile({ tokenUrl: `https://user:${canary}@auth.example.com/token` }) }],
    ['provider.renewal.url', { provider: profile({ renewal: { by: 'refresh_token', url: 'http://auth.example.com/refresh' } }) }],
    ['provider.renewal.url', { provider: profile({ renewal: { by: 'refresh_token', url: canary } }) }],
    ['provider.renewal', { provider: profile({ renewal: null }) }],
    ['provider.revocation', { provider: profile({ revocation: null }) }],
    ['provider.revocation', { provider: profile({ revocation: 'https://auth.example.com/revoke' }) }],
    ['provider.revocation.url', { provider: profile({ revocation: {} }) }],
    ['provider.revocation.url', { provider: profile({ revocation: { url: 'http://auth.example.com/revoke' } }) }],
    ['provider.revocation.url', { provider: profile({ revocation: { url: `https://user:${canary}@auth.example.com` } }) }],
    ['provider.apiOrigins', { provider: profile({ apiOrigins: 'https://api.example.com' }) }],
    ['provider.apiOrigins[1]', { provider: profile({ apiOrigins: ['https://*.example.com', 'http://*.example.com'] }) }],
    ['provider.apiOrigins[0]', { provider: profile({ apiOrigins: ['http://api.example.com'] }) }],
    ['provider.apiOrigins[0]', { provider: profile({ apiOrigins: [canary] }) }],
    ['provider.apiOrigins[0]', { provider: profile({ apiOrigins: [5] }) }],
    ['grant.exchange', { grant: { grantType: 'own', exchange: canary } }],
    ['grant.usesUp', { grant: { grantType: 'own', exchange: () => ({}), usesUp: 'yes' } }],
    ['subject', { grant: customGrant({ grantType: 'own', clientId: 'c', exchange: () => ({}) }), store: memoryStore() }],
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
    ['origins[0]', { origins: ['https://*.example.com'] }],
    ['origins[0]', { origins: ['https://%2A.example.com'] }],
    ['origins[1]', { origins: ['https://a.example', new URL('https://*')] }],
    ['origins[0]', { origins: ['ws://files.example.com'] }],
    ['origins[0]', { origins: ['//files.example.com'] }],
    ['origins[0]', { origins: ['blob:https://files.example.com/1'] }],
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
    ['now', { now: Date }],
    ['now', { now: () => new Date() }],
    ['now', { now: () => Number.NaN }],
    ['now', { now: () => undefined }],
    ['now', { now: () => '1700000000000' }],
    ['now', { now: async () => Date.now() }],
    [
      'now',
      {
        now: () => {
          throw new Error(canary)
        },
      },
    ],
    ['retry.retries', { retry: { retries: 1.5 } }],
    ['retry.tries', { retry: { tries: 1 } }],
    ['renewal.ahead', { renewal: { ahead: 1 } }],
    ['scopes', { scopes: 'a' }],
    ['clientId', { clientId: canary }],
  ])('%s: %o → ConfigurationError at construction, naming it, without its value', (option, wrong) => {
    const construct = () => new TokenManager({ ...right(), ...wrong } as TokenManagerOptions)
    expect(construct).toThrow(ConfigurationError)
    expect(construct).toThrow(
      expect.objectContaining({ option, message: expect.stringMatching(new RegExp(`^${option.replace(/[[\].]/g, '\\$&')}: `)) }),
    )
    expect(construct).not.toThrow(new RegExp(canary))
  })

  it.each([undefined, null, 'options', 42])('%o in the place of the options → ConfigurationError', (options) => {
    expect(() => new TokenManager(options as never)).toThrow(expect.objectContaining({ code: 'invalid_configuration', option: 'options' }))
  })
})

describe('right options', () => {
  it.each([
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

  it('right options → the origin of apiUrl and the others that are listed, each by its origin, and not that of tokenUrl', () => {
    const origins = [
      'https://files.example.com/some/path?q#f',
      'HTTPS://CDN.example.com:443',
      new URL('http://[::1]:8080/x'),
      'https://bücher.example',
    ]
    expect(readOptions({ ...right(), origins })).toMatchObject({
      apiOrigin: 'https://api.example.com',
      otherOrigins: ['https://files.example.com', 'https://cdn.example.com', 'http://[::1]:8080', 'https://xn--bcher-kva.example'],
    })
  })

  it('with allowInsecureRequests → http: is right for all URLs', () => {
    const provider = profile({
      apiUrl: 'http://api.lan',
      tokenUrl: 'http://auth.lan',
      renewal: { by: 'refresh_token', url: 'http://auth.lan/r' },
      revocation: { url: 'http://auth.lan/revoke' },
      apiOrigins: ['http://*.api.lan'],
    })
    const { apiOrigin, otherOrigins } = readOptions({ provider, grant, origins: ['http://files.lan'], allowInsecureRequests: true })
    expect([apiOrigin, ...otherOrigins]).toEqual(['http://api.lan', 'http://files.lan'])
  })

  it('right options → have their defaults where they are left out, and no others', () => {
    const { now, ...rest } = readOptions(right())
    expect(rest).toEqual({
      provider: testProvider(),
      grant,
      store: undefined,
      subject: undefined,
      apiOrigin: 'https://api.example.com',
      otherOrigins: [],
      foreignOrigins: 'refuse',
      window: { aheadMs: 300_000, marginMs: 10_000 },
      isScheduled: true,
      retry: { retries: 2, minDelayMs: 250, maxDelayMs: 5_000 },
      timeoutMs: 10_000,
      maxReplayBytes: 1_048_576,
      fetch: undefined,
    })
    expect(now).toBe(Date.now)
    const given = readOptions({
      ...right(),
      renewal: { marginMs: 0, scheduled: false, aheadMs: undefined },
      retry: { retries: 0 },
      timeoutMs: 1,
    })
    expect(given).toMatchObject({
      window: { aheadMs: 300_000, marginMs: 0 },
      isScheduled: false,
      retry: { retries: 0, minDelayMs: 250 },
      timeoutMs: 1,
    })
  })

  it('right options → a preset is shared by its managers, and a profile by hand is copied', () => {
    const preset = oauth2({ ...urls, clientId: 'c' })
    expect(readOptions(preset).provider).toBe(preset.provider)
    expect(readOptions(preset).grant).toBe(preset.grant)
    const headers = { 'X-A': 'a' }
    const read = readOptions({ provider: { name: 'x', ...urls, headers }, grant })
    headers['X-A'] = 'changed'
    expect(read.provider.headers).toEqual({ 'X-A': 'a' })
  })

  it('right options → are not changed, and may be frozen', () => {
    const origins = Object.freeze(['https://a.example'])
    const options = Object.freeze({ ...right(), origins, renewal: Object.freeze({}), retry: Object.freeze({}) })
    expect(() => new TokenManager(options)).not.toThrow()
    expect(Object.keys(options)).toEqual(['provider', 'grant', 'origins', 'renewal', 'retry'])
  })
})

describe('a preset that was taken apart → says to hand over the whole one', () => {
  const preset = oauth2({ ...urls, clientId: 'c', clientSecret: 's' })
  it.each<[string, unknown, string]>([
    ['the preset as provider', { provider: preset }, 'provider'],
    ['the preset as provider and its grant', { provider: preset, grant: preset.grant }, 'provider'],
    ['the provider alone', preset.provider, 'options'],
    ['the grant alone', preset.grant, 'options'],
    ['a grant as provider', { provider: preset.grant, grant: preset.grant }, 'provider'],
    ['the preset as grant', { provider: preset.provider, grant: preset }, 'grant'],
    ['the provider as grant', { provider: preset.provider, grant: preset.provider }, 'grant'],
    ['a profile by hand alone', { name: 'x', ...urls }, 'options'],
  ])('%s', (_, options, option) => {
    const message = expect.stringContaining('hand over the whole preset')
    expect(() => new TokenManager(options as never)).toThrow(expect.objectContaining({ code: 'invalid_configuration', option, message }))
  })
  it.each<[string, object, string]>([
    ['the name of a grant', { grant: 'password' }, 'grant: must be what a function returns, such as password(…)'],
    ['a function that makes grants', { grant: password }, 'grant: is a function: call it, and give what it returns'],
    ['a function that makes stores', { store: memoryStore }, 'store: is a function: call it, and give what it returns'],
    ['a function that makes providers', { provider: oauth2 }, 'provider: is a function: call it, and give what it returns'],
  ])('%s in the place of what it makes → says so', (_, changes, message) => {
    expect(() => new TokenManager({ ...preset, ...changes } as never)).toThrow(
      expect.objectContaining({ code: 'invalid_configuration', message }),
    )
  })
  it('without its grant → names that', () => {
    expect(() => new TokenManager({ provider: preset.provider } as never)).toThrow('grant: is missing: use clientCredentials(…)')
  })
})

describe('a client that the provider needs to know', () => {
  const asking = (tokenRequest: Provider['tokenRequest'], renewal?: Provider['renewal']) =>
    defineProvider({ name: 'acme', ...urls, tokenRequest, renewal })
  const construct = (provider: Provider, grant: Grant) => () => new TokenManager({ provider, grant })

  it.each<[string, Provider, Grant]>([
    ['a refresh token without a client', asking(undefined), refreshToken({ refreshToken: 'r' })],
    ['a code without a client', asking(undefined), authorizationCode({ code: 'c' })],
    ['nothing at all', asking(undefined), clientCredentials({})],
    ['a secret without an id for Basic', asking(undefined), clientCredentials({ clientSecret: 's' })],
    [
      'a secret without an id for loose Basic',
      asking({ clientAuthentication: ['basic-loose', 'body'] }),
      clientCredentials({ clientSecret: 's' }),
    ],
    [
      'a log-in without a client where the profile names a method',
      asking({ clientAuthentication: 'body' }),
      password({ username: 'u', password: 'p' }),
    ],
    [
      'a refresh token where only renewals need a client',
      asking({ clientAuthentication: 'none' }, { by: 'refresh_token', request: { clientAuthentication: 'body' } }),
      refreshToken({ refreshToken: 'r' }),
    ],
    [
      'a colon in the id for loose Basic',
      asking({ clientAuthentication: 'basic-loose' }),
      clientCredentials({ clientId: 'a:b', clientSecret: 's' }),
    ],
  ])('%s → ConfigurationError', (_, provider, grant) => {
    expect(construct(provider, grant)).toThrow(expect.objectContaining({ code: 'invalid_configuration', option: 'clientId' }))
  })

  it.each<[string, Provider, Grant]>([
    ['a log-in without a client', asking(undefined), password({ username: 'u', password: 'p' })],
    ['a log-in without a user', asking(undefined), password({ password: 'p' })],
    ['a public client', asking(undefined), clientCredentials({ clientId: 'c' })],
    ['a key without an id in the body', asking({ clientAuthentication: 'body' }), clientCredentials({ clientSecret: 's' })],
    ['a key without an id, as it is', asking({ clientAuthentication: 'basic-raw' }), clientCredentials({ clientSecret: 's' })],
    ['a refresh token where nobody wants a client', asking({ clientAuthentication: 'none' }), refreshToken({ refreshToken: 'r' })],
    [
      'a refresh token where a function proves the client',
      asking({ clientAuthentication: () => ({}) }),
      refreshToken({ refreshToken: 'r' }),
    ],
    [
      'an extension grant without a client',
      asking({ clientAuthentication: 'body' }),
      customGrant({ grantType: 'x', parameters: { a: 'b' } }),
    ],
    ['a colon in the id for Basic', asking({ clientAuthentication: 'basic' }), clientCredentials({ clientId: 'a:b', clientSecret: 's' })],
    ['a colon in the id of a public client', asking({ clientAuthentication: 'basic-loose' }), clientCredentials({ clientId: 'a:b' })],
  ])('%s → a manager', (_, provider, grant) => {
    expect(construct(provider, grant)()).toBeInstanceOf(TokenManager)
  })
})

describe('in a store, whose token it is', () => {
  const store = memoryStore()
  const proving = defineProvider({ name: 'acme', ...urls, tokenRequest: { clientAuthentication: () => ({ parameters: { proof: 'x' } }) } })
  const renewing = defineProvider({
    name: 'acme',
    ...urls,
    renewal: { by: 'refresh_token', request: { clientAuthentication: () => ({}) } },
  })
  const plain = defineProvider({ name: 'acme', ...urls, tokenRequest: { clientAuthentication: 'none' } })
  const client = { clientId: 'c', clientSecret: 's' }

  it.each<[string, Provider, Grant]>([
    ['a function proves the client', proving, clientCredentials(client)],
    ['a function proves the client in renewals', renewing, clientCredentials(client)],
    ['a function makes an assertion', plain, customGrant({ grantType: 'x', parameters: { assertion: () => 'a' }, clientId: 'c' })],
    ['a key without an id', plain, clientCredentials({ clientSecret: 's' })],
    ['a log-in without a user', plain, password({ password: 'p' })],
    ['an extension grant that says nothing', plain, customGrant({ grantType: 'x', parameters: {} })],
  ])('%s → needs a subject', (_, provider, grant) => {
    const message = expect.stringContaining('whose token this is')
    expect(() => new TokenManager({ provider, grant, store })).toThrow(
      expect.objectContaining({ code: 'invalid_configuration', option: 'subject', message }),
    )
    expect(new TokenManager({ provider, grant, store, subject: 'alice' })).toBeInstanceOf(TokenManager)
    // Without the option store nobody shares it.
    expect(new TokenManager({ provider, grant })).toBeInstanceOf(TokenManager)
  })

  it.each<[string, Provider, Grant]>([
    ['a client id', plain, clientCredentials(client)],
    [
      'a client id, and functions that fetch secrets',
      plain,
      password({ ...client, clientSecret: () => 's', password: () => 'p', username: 'u' }),
    ],
    ['a user', plain, password({ username: 'u', password: () => 'p' })],
    ['a device', plain, deviceCredentials({ clientKey: () => 'k', deviceId: 'd' })],
    ['a refresh token', plain, refreshToken({ refreshToken: () => 'r' })],
    ['parameters that are strings', plain, customGrant({ grantType: 'x', parameters: { assertion: 'a' } })],
    [
      'a function that only changes the secret',
      defineProvider({ ...plain, tokenRequest: { transformSecret: (s) => s } }),
      clientCredentials(client),
    ],
  ])('%s → is known', (_, provider, grant) => {
    expect(new TokenManager({ provider, grant, store })).toBeInstanceOf(TokenManager)
  })
})

it('what somebody has added to Object.prototype → is no option, and no part of a profile', () => {
  const evil = {
    ...{ store: {}, subject: 'evil', origins: ['https://evil.example'], foreignOrigins: 'pass-through', allowInsecureRequests: true },
    ...{ renewal: { aheadMs: 1 }, retry: { retries: 99 }, timeoutMs: 1, maxReplayBytes: 1, fetch: () => {}, now: () => 1 },
    ...{ headers: { 'X-Evil': '1' }, scope: 'evil', url: 'https://evil.example' },
  }
  const options = right()
  const { provider, grant: before, ...rest } = readOptions(options)
  Object.assign(Object.prototype, evil)
  try {
    const read = readOptions(options)
    expect({ ...read, provider: undefined, grant: undefined }).toEqual({ ...rest, provider: undefined, grant: undefined })
    const { tokenRequest, renewal, tokenResponse, authorization } = read.provider
    for (const section of [read.provider, tokenRequest, renewal, tokenResponse, authorization, read.grant]) {
      for (const name of Object.keys(evil))
        if (name !== 'renewal') expect((section as unknown as Record<string, unknown>)[name], name).toBeUndefined()
    }
    expect(() => readOptions({ ...options, origins: ['http://files.lan'] })).toThrow(/^origins\[0\]: must begin with https/)
  } finally {
    for (const name of Object.keys(evil)) Reflect.deleteProperty(Object.prototype, name)
  }
  expect([provider, before]).toEqual([options.provider, options.grant])
})

describe('options that have no end → a ConfigurationError', () => {
  const cycle: Record<string, unknown> = {}
  const list: unknown[] = [cycle]
  Object.assign(cycle, { cycle, list, again: cycle })
  let deep: unknown = 'x'
  for (let level = 0; level < 20_000; level++) deep = [deep]
  const values: [string, unknown][] = [
    ['an object that holds itself', cycle],
    ['a list that holds itself', list],
    ['20 000 levels', deep],
    ['20 000 levels in an object', { deep }],
  ]
  const fields: [string, (value: unknown) => object][] = [
    ['provider', (value) => ({ provider: value })],
    ['provider.tokenUrl', (value) => ({ provider: profile({ tokenUrl: value }) })],
    ['provider.headers', (value) => ({ provider: profile({ headers: value }) })],
    ['provider.tokenRequest', (value) => ({ provider: profile({ tokenRequest: { bodyTemplate: value } }) })],
    ['provider.apiOrigins', (value) => ({ provider: profile({ apiOrigins: value }) })],
    ['grant', (value) => ({ grant: value })],
    ['grant.parameters', (value) => ({ grant: { ...grant, parameters: { a: value } } })],
    ['grant.scope', (value) => ({ grant: { ...grant, scope: value } })],
    ['origins', (value) => ({ origins: [value] })],
    ['retry', (value) => ({ retry: { retries: value } })],
    ['renewal', (value) => ({ renewal: value })],
    ['foreignOrigins', (value) => ({ foreignOrigins: value })],
    ['subject', (value) => ({ subject: value })],
    ['timeoutMs', (value) => ({ timeoutMs: value })],
  ]
  it.each(fields.flatMap(([field, create]) => values.map(([name, value]) => [field, name, create(value)] as const)))(
    '%s: %s',
    (_, _name, fields) => {
      expect(() => new TokenManager({ ...right(), ...fields } as TokenManagerOptions)).toThrow(ConfigurationError)
    },
  )
  it.each(values)('defineProvider, given %s', (_, value) => {
    for (const fields of [
      value,
      profile({ tokenRequest: value }),
      profile({ tokenRequest: { bodyTemplate: value } }),
      profile({ isRejection: value }),
    ]) {
      expect(() => defineProvider(fields as Provider)).toThrow(ConfigurationError)
    }
  })
  it.each(values)('a grant, given %s', (_, value) => {
    expect(() => customGrant({ grantType: 'x', clientId: 'c', parameters: value } as never)).toThrow(ConfigurationError)
    expect(() => clientCredentials({ clientId: 'c', scope: value } as never)).toThrow(ConfigurationError)
    expect(() => clientCredentials(value as never)).toThrow(ConfigurationError)
    expect(() => oauth2(value as never)).toThrow(ConfigurationError)
  })
})
