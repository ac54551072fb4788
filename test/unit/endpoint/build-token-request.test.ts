import { describe, expect, it } from 'vitest'
import { buildTokenRequest } from '../../../src/endpoint/build-token-request.ts'
import type { TokenRequestKind } from '../../../src/endpoint/token-request-kind.ts'
import type { TokenRequestPlan } from '../../../src/endpoint/token-request-plan.ts'
import { listEncodings } from '../../../src/vocabulary/encoding.ts'
import type { ClientCredentials, Encoding, TokenRequestProfile } from '../../../src/vocabulary/provider.ts'

const both: ClientCredentials = { clientId: 'my id', clientSecret: 's:cr+t/é' }
const wellKnown = { grant_type: 'password', username: 'jörg', password: 'a&b=c' }

interface Options {
  url?: string
  encoding?: Encoding
  client?: ClientCredentials
  scope?: TokenRequestPlan['scope']
  headers?: Record<string, string>
  parameters?: Record<string, string>
}

function build(profile: TokenRequestProfile = {}, options: Options = {}) {
  const { url = 'https://auth.example/token', encoding = 'form', client = both, scope, headers = {}, parameters = wellKnown } = options
  const provider = { name: 'test', apiUrl: 'https://api.example', tokenUrl: url, headers }
  const grant = { grantType: 'password' }
  const kind: TokenRequestKind = { provider, grant, way: 'ask', url, profile, presents: undefined, usesUp: false }
  return buildTokenRequest({ kind, profile, client, parameters, scope, secrets: ['a&b=c'] }, encoding, () => 1000)
}

const fieldsOf = (form: string | undefined) => Object.fromEntries(new URLSearchParams(form))
const utf8Base64 = (text: string) => Buffer.from(text).toString('base64')

describe('encodings', () => {
  it('form', async () => {
    const request = await build({ clientAuthentication: 'body' })
    expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(request.body).toBe('grant_type=password&username=j%C3%B6rg&password=a%26b%3Dc&client_id=my+id&client_secret=s%3Acr%2Bt%2F%C3%A9')
    expect(request).toMatchObject({ method: 'POST', url: 'https://auth.example/token' })
  })
  it('json', async () => {
    const request = await build({ clientAuthentication: 'body' }, { encoding: 'json' })
    expect(request.headers['content-type']).toBe('application/json')
    expect(JSON.parse(request.body as string)).toEqual({ ...wellKnown, client_id: 'my id', client_secret: 's:cr+t/é' })
  })
  it('query', async () => {
    const request = await build({ method: 'GET', clientAuthentication: 'body' }, { encoding: 'query' })
    expect(request.method).toBe('GET')
    expect(request.body).toBeUndefined()
    expect(request.headers['content-type']).toBeUndefined()
    expect(Object.fromEntries(new URL(request.url).searchParams)).toEqual({ ...wellKnown, client_id: 'my id', client_secret: 's:cr+t/é' })
  })
  it('a query has its spaces as %20, and its pluses escaped, whatever it had before', async () => {
    const parameters = { a: 'x y+z&~*é' }
    const { url } = await build({}, { encoding: 'query', client: {}, parameters, url: 'https://auth.example/token?v=1%202' })
    expect(new URL(url).search).toBe('?v=1%202&a=x%20y%2Bz%26%7E*%C3%A9')
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({ v: '1 2', a: 'x y+z&~*é' })
  })
  it('a query that nothing is added to stays as it is', async () => {
    expect((await build({}, { url: 'https://auth.example/token?v=1+2' })).url).toBe('https://auth.example/token?v=1+2')
  })
  it('headers are a plain object, with one value a name', async () => {
    const { headers } = await build({}, { headers: { ACCEPT: 'a/b', 'X-Tenant': ' t ' } })
    expect(headers).toEqual({
      accept: 'a/b',
      'x-tenant': 't',
      authorization: expect.any(String),
      'content-type': 'application/x-www-form-urlencoded',
    })
  })
  it('JSON is what is accepted, unless the provider says else', async () => {
    expect((await build()).headers['accept']).toBe('application/json')
    expect((await build({}, { headers: { Accept: 'text/plain' } })).headers['accept']).toBe('text/plain')
  })
  it('a query that the URL has stays, and a fragment goes (RFC 6749 §3.2)', async () => {
    const { url } = await build({ queryParameters: ['grant_type'] }, { url: 'https://auth.example/token?v=1&v=2#top' })
    expect(url).toBe('https://auth.example/token?v=1&v=2&grant_type=password')
  })
  it.each([
    [{}, ['form']],
    [{ method: 'POST' }, ['form']],
    [{ method: 'GET' }, ['query']],
    [{ encoding: 'json' }, ['json']],
    [{ encoding: ['json', 'form'] }, ['json', 'form']],
  ] as [TokenRequestProfile, Encoding[]][])('of %j: %j', (profile, expected) => expect(listEncodings(profile)).toEqual(expected))
})

describe('where parameters go', () => {
  it.each(['form', 'json'] as const)('some always into the query, by their wire names (%s)', async (encoding) => {
    const profile: TokenRequestProfile = {
      queryParameters: ['type', 'absent', 'fixed'],
      parameterNames: { grant_type: 'type' },
      extraParameters: { fixed: '1' },
    }
    const request = await build(profile, { encoding })
    expect(new URL(request.url).search).toBe('?type=password&fixed=1')
    const body = encoding === 'json' ? JSON.parse(request.body as string) : fieldsOf(request.body)
    expect(body).toEqual({ username: 'jörg', password: 'a&b=c' })
  })
  it('names are changed, and some left out', async () => {
    const { body } = await build({
      clientAuthentication: 'body',
      parameterNames: { client_id: 'app', grant_type: false, username: 'user' },
    })
    expect(fieldsOf(body)).toEqual({ user: 'jörg', password: 'a&b=c', app: 'my id', client_secret: 's:cr+t/é' })
  })
  it('names of every object are no names of parameters', async () => {
    const { body } = await build({ parameterNames: {} }, { client: {}, parameters: { constructor: 'x', toString: 'y' } })
    expect(body).toBe('constructor=x&toString=y')
  })
  it('fixed parameters win: they are always sent', async () => {
    expect(fieldsOf((await build({ extraParameters: { grant_type: 'fixed', resource: 'r' } })).body)).toMatchObject({
      grant_type: 'fixed',
      resource: 'r',
    })
  })
  it.each([
    ['a  b\ta', {}, { scope: 'a b' }],
    [['a', 'b'], { scopeSeparator: ',' }, { scope: 'a,b' }],
    [['a'], { scopeParameter: 'scopes' }, { scopes: 'a' }],
    ['a', { parameterNames: { scope: 'range' } }, { range: 'a' }],
    ['a', { scopeParameter: 'scopes', parameterNames: { username: 'user' } }, { scopes: 'a', user: 'jörg' }],
  ] as const)('scope %j with %j', async (scope, profile, expected) => {
    expect(fieldsOf((await build(profile, { scope })).body)).toMatchObject(expected)
  })
  it.each([[undefined], [''], ['  '], [[]], [['']]])('scope %j is not sent', async (scope) => {
    expect((await build({}, { scope })).body).not.toContain('scope')
  })
})

describe('client authentication', () => {
  const formEncoded = 'my+id:s%3Acr%2Bt%2F%C3%A9'
  it.each<[TokenRequestProfile['clientAuthentication'], string | null, object]>([
    [undefined, `Basic ${btoa(formEncoded)}`, {}],
    ['basic', `Basic ${btoa(formEncoded)}`, {}],
    ['basic-loose', `Basic ${utf8Base64('my id:s:cr+t/é')}`, {}],
    ['body', null, { client_id: 'my id', client_secret: 's:cr+t/é' }],
    ['none', null, { client_id: 'my id' }],
    [['basic', 'none'], `Basic ${btoa(formEncoded)}`, { client_id: 'my id' }],
    [['basic', 'body'], `Basic ${btoa(formEncoded)}`, { client_id: 'my id', client_secret: 's:cr+t/é' }],
  ])('%j', async (clientAuthentication, authorization, inBody) => {
    const request = await build(clientAuthentication ? { clientAuthentication } : {})
    expect(request.headers['authorization'] ?? null).toBe(authorization)
    expect(fieldsOf(request.body)).toEqual({ ...wellKnown, ...inBody })
    expect(request.url).not.toContain('?')
  })
  it('basic-raw sends the key as it is', async () => {
    const { headers } = await build({ clientAuthentication: 'basic-raw' }, { client: { clientSecret: 'dGVzdDo=' } })
    expect(headers['authorization']).toBe('Basic dGVzdDo=')
  })
  it('query, whatever the encoding', async () => {
    const request = await build({ clientAuthentication: 'query', parameterNames: { client_id: 'appid' } }, { encoding: 'json' })
    expect(Object.fromEntries(new URL(request.url).searchParams)).toEqual({ appid: 'my id', client_secret: 's:cr+t/é' })
    expect(request.body).not.toContain('s:cr')
  })
  it.each(['basic', 'basic-loose', 'basic-raw', 'body', 'none'] as const)(
    'without a secret %s only names the client, in the body',
    async (clientAuthentication) => {
      const request = await build({ clientAuthentication }, { client: { clientId: 'pub' } })
      expect(request.headers['authorization']).toBeUndefined()
      expect(fieldsOf(request.body)).toEqual({ ...wellKnown, client_id: 'pub' })
    },
  )
  it('without a client nothing is said of it', async () => expect(fieldsOf((await build({}, { client: {} })).body)).toEqual(wellKnown))
  it('a function gets the credentials, and adds headers and wire parameters', async () => {
    const request = await build({
      parameterNames: { signature: 'never' },
      clientAuthentication: (client) => ({
        headers: { 'X-Client': client.clientId ?? '' },
        parameters: { signature: `${client.clientSecret?.length}` },
      }),
    })
    expect(request.headers['x-client']).toBe('my id')
    expect(fieldsOf(request.body)).toEqual({ ...wellKnown, signature: '8' })
    expect(request.secrets).toContain('8')
    expect(request.secrets).not.toContain('my id')
  })
  it.each([
    [() => undefined as never],
    [() => 'secret' as never],
    [() => ({})],
    [() => ({ parameters: { a: 5 as never } })],
    [() => ({ headers: { a: undefined as never } })],
  ])('a function that gives something else is a configuration error', async (clientAuthentication) => {
    const error = await build({ clientAuthentication }).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ code: 'invalid_configuration', option: 'tokenRequest.clientAuthentication' })
    expect(error).not.toHaveProperty('cause')
  })
  it.each(['a:b', ':'])('a client id with a colon cannot be sent by basic-loose: %j', async (clientId) => {
    const client = { clientId, clientSecret: 's' }
    const error = await build({ clientAuthentication: 'basic-loose' }, { client }).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ code: 'invalid_configuration', option: 'clientId' })
    // Encoded, or without a secret, it can.
    expect((await build({ clientAuthentication: 'basic' }, { client })).headers['authorization']).toContain('Basic ')
    expect(fieldsOf((await build({ clientAuthentication: 'basic-loose' }, { client: { clientId } })).body)['client_id']).toBe(clientId)
  })
  it.each(['a\r\nX-Evil: 1', 'sécret\u0100'])(
    'a raw secret that no header can carry is a configuration error without it',
    async (clientSecret) => {
      const error = await build({ clientAuthentication: 'basic-raw' }, { client: { clientSecret } }).catch((thrown: Error) => thrown)
      expect(error).toMatchObject({ code: 'invalid_configuration', option: 'clientSecret' })
      expect(String(error)).not.toContain(clientSecret)
    },
  )
  it('of a header that a function makes, the credentials are secret without their scheme too', async () => {
    const { secrets } = await build({ clientAuthentication: () => ({ headers: { Authorization: 'Signature abc' } }) })
    expect(secrets).toEqual(expect.arrayContaining(['Signature abc', 'abc']))
  })
  it('headers of the provider are sent, but the body says its own type', async () => {
    const { headers } = await build({}, { headers: { 'X-App': 'a', 'Content-Type': 'text/plain' } })
    expect(headers['x-app']).toBe('a')
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
  })
})

describe('transformSecret', () => {
  it('changes what is sent, by whatever method, and sees the parameters under their standard names', async () => {
    const transformSecret = (secret: string, seen: Readonly<Record<string, string>>) => `${secret.length}/${Object.keys(seen).sort()}`
    const request = await build({ clientAuthentication: 'body', parameterNames: { username: 'user' }, transformSecret }, { scope: 'a' })
    expect(fieldsOf(request.body)['client_secret']).toBe('8/client_id,grant_type,password,scope,username')
  })
  it('is not asked where there is no secret', async () => {
    const request = await build({ transformSecret: () => 'made up' }, { client: { clientId: 'pub' } })
    expect(request.body).not.toContain('made')
  })
})

it('everything that must not be shown is listed', async () => {
  const { secrets } = await build({ clientAuthentication: ['basic', 'body'], transformSecret: (secret) => `${secret}!` })
  expect(secrets).toEqual(expect.arrayContaining(['a&b=c', 's:cr+t/é', 's:cr+t/é!', btoa('my+id:s%3Acr%2Bt%2F%C3%A9%21')]))
})
