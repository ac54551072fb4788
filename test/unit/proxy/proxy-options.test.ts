import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { readProxyOptions, type TokenProxyOptions } from '../../../src/proxy/proxy-options.ts'
import { apiUrl, createService } from '../../support/service.ts'

const routes = [{ path: '/cities', methods: ['GET'] }]
const authorize = () => true

function errorOf(change: Record<string, unknown>): ConfigurationError {
  const { tokens } = createService()
  try {
    readProxyOptions({ tokens, upstream: apiUrl, routes, authorize, ...change } as TokenProxyOptions)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return error as ConfigurationError
  }
  throw new Error('They were taken')
}

describe('an option that is wrong is named', () => {
  it.each([
    ['no authorize', 'authorize', undefined],
    ['true for authorize', 'authorize', true],
    ['no tokens', 'tokens', undefined],
    ['null for tokens', 'tokens', null],
    ['a text for tokens', 'tokens', 'token'],
    ['an object for tokens', 'tokens', { fetch() {}, getToken() {} }],
    ['a manager that does not say where it asks', 'tokens', { fetch() {}, getToken() {}, explain: () => ({ apiUrl }) }],
    ['no routes', 'routes', []],
    ['no upstream', 'upstream', undefined],
    ['a path for upstream', 'upstream', '/v1'],
    ['nothing for upstream', 'upstream', ''],
    ['a file', 'upstream', 'file:///etc/passwd'],
    ['ftp', 'upstream', 'ftp://api.example.com/'],
    ['data', 'upstream', 'data:text/plain,a'],
    ['http to another machine', 'upstream', 'http://api.example.com'],
    ['http to a name like loopback', 'upstream', 'http://localhost.example.com'],
    ['a user name', 'upstream', 'https://user@api.example.com'],
    ['a password', 'upstream', 'https://:canary-secret@api.example.com'],
    ['a query', 'upstream', 'https://api.example.com/v1?key=canary-secret'],
    ['an empty query', 'upstream', 'https://api.example.com/v1?'],
    ['a fragment', 'upstream', 'https://api.example.com/v1#a'],
    ['an empty fragment', 'upstream', 'https://api.example.com/v1#'],
    ['an encoded slash', 'upstream', 'https://api.example.com/a%2fb'],
    ['two slashes', 'upstream', 'https://api.example.com//v1'],
    ['no slash', 'prefix', 'api'],
    ['nothing', 'prefix', ''],
    ['a slash alone', 'prefix', '/'],
    ['a slash at its end', 'prefix', '/api/'],
    ['a step upwards', 'prefix', '/../api'],
    ['a query', 'prefix', '/api?a'],
    ['an absolute URL', 'prefix', 'https://app.example.com/api'],
    ['a number', 'prefix', 1],
    ['a parameter', 'prefix', '/:tenant'],
    ['a name that is no option', 'route', routes],
    ['a text for onError', 'onError', 'log'],
    ['a text for origins', 'origins', 'https://app.example.com'],
    ['no origin', 'origins', []],
    ['a text for hosts', 'hosts', 'app.example.com'],
    ['no host', 'hosts', []],
  ])('%s → ConfigurationError about %s', (_, option, value) => {
    const error = errorOf({ [option]: value })
    expect(error.option).toBe(option)
    expect(error.message).not.toContain('canary')
  })

  it.each([
    'app.example.com',
    'https://app.example.com/',
    'https://app.example.com/api',
    'https://*.example.com',
    'null',
    '*',
    'HTTPS://app.example.com',
    'https://user@app.example.com',
    'https://app.example.com:443',
    'file://',
    1,
  ])('%s for an origin → ConfigurationError naming its place', (origin) =>
    expect(errorOf({ origins: ['https://ok.example.com', origin] }).option).toBe('origins[1]'),
  )

  it.each([
    '',
    'https://app.example.com',
    'app.example.com/api',
    'user@app.example.com',
    'a b',
    'app.example.com?',
    'app.example.com:x',
    '*',
    null,
  ])('%s for a host → ConfigurationError naming its place', (host) =>
    expect(errorOf({ hosts: ['ok.example.com', host] }).option).toBe('hosts[1]'),
  )

  it.each([
    ['route', 'routes'],
    ['origin', 'origins'],
    ['allowedHosts', 'hosts'],
  ])('%s, which is no option → the nearest one is named', (name, nearest) => expect(errorOf({ [name]: routes }).message).toContain(nearest))

  it.each(['origins', 'hosts', 'onError', 'prefix', 'authorize'])('%s on Object.prototype → is not read', (name) => {
    const { tokens } = createService()
    // oxlint-disable-next-line no-extend-native -- what the test is about
    Object.defineProperty(Object.prototype, name, { value: ['https://evil.example'], configurable: true })
    try {
      const { authorize: _, ...rest } = { tokens, upstream: apiUrl, routes, authorize }
      const own = name === 'authorize' ? rest : { ...rest, authorize }
      const build = () => readProxyOptions(own as TokenProxyOptions)
      if (name === 'authorize') expect(build).toThrow(expect.objectContaining({ option: 'authorize' }))
      else expect(build()).toMatchObject({ prefix: '', places: { origins: undefined, hosts: undefined }, onError: undefined })
    } finally {
      delete (Object.prototype as Record<string, unknown>)[name]
    }
  })

  it.each([undefined, null, 'x'])('%s for all of them → ConfigurationError', (options) => {
    expect(() => readProxyOptions(options as never)).toThrow(ConfigurationError)
  })
})

describe('what is right is read', () => {
  const read = (change: Partial<TokenProxyOptions>) => {
    const { tokens } = createService({ manager: { origins: ['http://127.0.0.1:8000', 'http://[::1]:8000', 'http://localhost'] } })
    return readProxyOptions({ tokens, upstream: apiUrl, routes, authorize, ...change })
  }

  it.each([
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com/', 'https://api.example.com'],
    ['https://API.example.com:443/v1/', 'https://api.example.com/v1'],
    [new URL('https://api.example.com/v1'), 'https://api.example.com/v1'],
    ['http://127.0.0.1:8000/', 'http://127.0.0.1:8000'],
    ['http://[::1]:8000/a', 'http://[::1]:8000/a'],
    ['http://localhost/a', 'http://localhost/a'],
  ])('upstream %s → %s', (upstream, expected) => expect(read({ upstream }).upstream).toBe(expected))

  it('without a prefix there is none', () => expect([read({}).prefix, read({ prefix: '/api/v1' }).prefix]).toEqual(['', '/api/v1']))
})

describe('a route to the place where tokens are given out', () => {
  const tokenUrl = 'https://api.example.com/v1/oauth/token'
  const provider = {
    tokenUrl,
    renewal: { by: 'access_token', url: 'https://api.example.com/v1/auth/renew', parameter: 't', windowMs: 1 },
    authorizationUrl: 'https://api.example.com/login?x=1',
  } as const

  const hostile = [
    ['the token endpoint', '/oauth/token', apiUrl],
    ['with a slash at its end', '/oauth/token/', apiUrl],
    ['in upper case', '/OAuth/Token', apiUrl],
    ['with a letter that is encoded', '/oauth/%74oken', apiUrl],
    ['in a wildcard', '/oauth/*', apiUrl],
    ['in a wildcard over all', '/*', apiUrl],
    ['in a wildcard in upper case', '/OAUTH/*', apiUrl],
    ['under a wildcard of its own', '/oauth/token/*', apiUrl],
    ['over another port of TLS', '/v1/oauth/token', 'https://api.example.com:443'],
    ['the renewal', '/auth/renew', apiUrl],
    ['the renewal in a wildcard', '/auth/*', apiUrl],
    ['the authorization endpoint', '/login', 'https://api.example.com'],
  ] as const

  it.each(hostile)('%s → ConfigurationError naming the route', (_, path, upstream) => {
    const { tokens } = createService({ provider })
    const build = () => readProxyOptions({ tokens, upstream, routes: [...routes, { path, methods: ['POST'] }], authorize })
    expect(build).toThrow(expect.objectContaining({ option: 'routes[1].path' }))
  })

  it.each(hostile)('%s, of the manager that a function chooses → the same when it is chosen', async (_, path, upstream) => {
    const { tokens } = createService({ provider })
    const settings = readProxyOptions({ tokens: () => tokens, upstream, routes: [{ path, methods: ['GET'] }], authorize })
    const route = settings.routes.routes[0]!
    await expect(settings.chooseTokens(new Request('https://app.example.com/'), route)).rejects.toBeInstanceOf(ConfigurationError)
  })

  it.each([
    ['beside it', '/oauth/tokens', apiUrl],
    ['above it', '/oauth', apiUrl],
    ['below it', '/oauth/token/info', apiUrl],
    ['a wildcard beside it', '/oauth/token2/*', apiUrl],
    ['the same path of another host', '/v1/oauth/token', 'https://data.example.com'],
    ['the same path of another port', '/v1/oauth/token', 'https://api.example.com:8443'],
    ['the same path below another one', '/v1/oauth/token', apiUrl],
  ])('%s → is taken', (_, path, upstream) => {
    const { tokens } = createService({ provider, manager: { origins: ['https://data.example.com', 'https://api.example.com:8443'] } })
    expect(readProxyOptions({ tokens, upstream, routes: [{ path, methods: ['GET'] }], authorize }).routes.routes).toHaveLength(1)
  })
})

describe('an upstream that the manager may not send its token to', () => {
  it.each([
    'https://other.example.com',
    'https://api.example.com:8443/v1',
    'https://api.example.com.evil.example/v1',
    'https://sub.api.example.com/v1',
    'http://127.0.0.1:8000',
  ])('%s → ConfigurationError that names what it may', (upstream) => {
    const { option, message } = errorOf({ upstream })
    expect(option).toBe('upstream')
    expect(message).toContain('https://api.example.com')
  })

  it('one that the option origins of the manager lists → is taken', () => {
    const { tokens } = createService({ manager: { origins: ['https://other.example.com/v2'] } })
    expect(readProxyOptions({ tokens, upstream: 'https://other.example.com', routes, authorize }).upstream).toBe(
      'https://other.example.com',
    )
  })

  it('where replies name the API, or the manager is of another version → nobody knows yet', () => {
    const named = createService({
      provider: { apiOrigins: ['https://*.my.example.com'], tokenResponse: { apiUrl: ['instance_url'] } },
    }).tokens
    const older = { fetch, getToken() {}, on() {}, explain: () => ({ tokenUrl: 'https://auth.example.com/token' }) } as never
    for (const tokens of [named, older]) {
      expect(readProxyOptions({ tokens, upstream: 'https://a.my.example.com', routes, authorize }).upstream).toBe(
        'https://a.my.example.com',
      )
    }
  })
})
