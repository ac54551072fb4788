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
  /** What else templates may name. */
  named?: Record<string, unknown>
}

function build(profile: TokenRequestProfile = {}, options: Options = {}) {
  const {
    url = 'https://auth.example/token',
    encoding = 'form',
    client = both,
    scope,
    headers = {},
    parameters = wellKnown,
    named,
  } = options
  const provider = { name: 'test', apiUrl: 'https://api.example', tokenUrl: url, headers }
  const grant = { grantType: 'password' }
  const kind: TokenRequestKind = { provider, grant, way: 'ask', url, profile, presents: undefined, usesUp: false }
  return buildTokenRequest(
    { kind, profile, client, parameters, scope, named: { ...parameters, ...named }, secrets: ['a&b=c'] },
    { encoding, timeLeft: () => 1000, now: 42 },
  )
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

describe('templates', () => {
  const login = { username: 'u', password: 'p' }
  it('headers have the names of parameters, of the client and of the token held', async () => {
    const { headers } = await build(
      {
        headers: {
          'X-Api-Key': '{client_secret}',
          'X-User': '{client_id}/{username}/{grant_type}',
          'X-Csrf': '{extra.header:x-csrf}',
          'X-Old': 'Token {access_token}',
        },
      },
      {
        client: { clientId: 'id', clientSecret: 'k3y' },
        parameters: { ...login, grant_type: 'password' },
        named: { access_token: 'a0', extra: { 'header:x-csrf': 'c' } },
      },
    )
    expect(headers).toMatchObject({ 'x-api-key': 'k3y', 'x-user': 'id/u/password', 'x-csrf': 'c', 'x-old': 'Token a0' })
  })
  it('a header whose value is not there is left out', async () => {
    const { headers } = await build(
      { headers: { 'X-A': '{access_token}', 'X-B': '{extra.x}', 'X-C': '{extra.list}' } },
      { named: { extra: { list: ['a'] } } },
    )
    expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([])
  })
  it('what every object inherits is no value', async () => {
    const { headers } = await build(
      { headers: { 'X-A': '{constructor}', 'X-B': '{extra.toString}', 'X-C': '{extra.constructor}' } },
      { named: { extra: {} } },
    )
    expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([])
  })
  it('a Content-Type among them wins, whatever its case', async () => {
    for (const [profile, encoding] of [
      [{ body: { a: 1 } }, 'json'],
      [{}, 'form'],
      [{}, 'none'],
    ] as const) {
      const headers = { 'CONTENT-type': 'application/vnd.api+json' }
      expect((await build({ ...profile, headers }, { encoding })).headers['content-type']).toBe('application/vnd.api+json')
    }
  })
  it('they win over the headers of the provider, and over the client’s proof', async () => {
    const { headers } = await build(
      { clientAuthentication: 'basic', headers: { AUTHORIZATION: 'Key {client_secret}', Accept: 'text/plain' } },
      { client: { clientId: 'i', clientSecret: 'k' }, headers: { accept: 'a/b' } },
    )
    expect(headers).toMatchObject({ authorization: 'Key k', accept: 'text/plain' })
  })

  it('a body is all that is sent, with the types of its values', async () => {
    const body = [
      { cmd: 'Login', level: 1, on: true, none: null, user: { name: '{username}', password: '{password}' }, gone: '{refresh_token}' },
    ]
    const request = await build({ body, extraParameters: { never: 'sent' } }, { encoding: 'json', client: {}, parameters: login })
    expect(request.body).toBe('[{"cmd":"Login","level":1,"on":true,"none":null,"user":{"name":"u","password":"p"}}]')
    expect(request.headers['content-type']).toBe('application/json')
    expect(request.headers).not.toHaveProperty('authorization')
  })
  it('beside a body the client is authenticated where that is named', async () => {
    const { headers, body } = await build(
      { body: { a: '{scope}' }, clientAuthentication: 'basic' },
      { encoding: 'json', scope: ['x', 'y'] },
    )
    expect(headers['authorization']).toContain('Basic ')
    expect(body).toBe('{"a":"x y"}')
  })
  it('a field of the token held keeps its type', async () => {
    const { body } = await build({ body: { id: '{extra.id}', text: 'n{extra.id}' } }, { encoding: 'json', named: { extra: { id: 7 } } })
    expect(body).toBe('{"id":7,"text":"n7"}')
  })
  it('{client_secret} is what transformSecret gives', async () => {
    const { body, secrets } = await build(
      { body: { key: '{client_secret}' }, transformSecret: (secret) => `${secret}!` },
      { encoding: 'json' },
    )
    expect(body).toBe(JSON.stringify({ key: `${both.clientSecret}!` }))
    expect(secrets).toEqual(expect.arrayContaining([both.clientSecret, `${both.clientSecret}!`]))
  })
  it('parameters may go into the query beside a body', async () => {
    const request = await build(
      { body: { p: '{password}' }, queryParameters: ['type', 'v'], parameterNames: { grant_type: 'type' }, extraParameters: { v: 6 } },
      { encoding: 'json' },
    )
    expect(new URL(request.url).search).toBe('?type=password&v=6')
    expect(request.body).toBe('{"p":"a&b=c"}')
  })

  it.each(['x","admin":true,"y":"', '{password}', '\\"\u0022', '\u2028\n\0', '}}{{'])(
    'a value cannot break out of a body: %j',
    async (username) => {
      const { body } = await build(
        { body: { user: '{username}', text: 'is {username}', fixed: 1 } },
        { encoding: 'json', parameters: { username, password: 'p' } },
      )
      expect(JSON.parse(body as string)).toEqual({ user: username, text: `is ${username}`, fixed: 1 })
    },
  )
  it.each(['a\r\nX-Evil: 1', 'a\nb', 'a\0b', 'snow\u2603'])('nor of a header: %j is a configuration error without it', async (username) => {
    const error = await build({ headers: { 'X-User': 'u={username};' } }, { parameters: { username } }).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ code: 'invalid_configuration', option: 'tokenRequest.headers' })
    expect(String(error)).not.toContain(username)
  })
})

describe('the encoding none', () => {
  it('sends nothing but headers and what goes into the query', async () => {
    const request = await build(
      { encoding: 'none', headers: { 'x-api-key': '{client_secret}' }, queryParameters: ['username'], extraParameters: { lost: '1' } },
      { encoding: 'none', client: { clientSecret: 'k' } },
    )
    expect(request).toMatchObject({ method: 'POST', body: undefined, url: 'https://auth.example/token?username=j%C3%B6rg' })
    expect(Object.keys(request.headers).sort()).toEqual(['accept', 'x-api-key'])
  })
  it.each<[TokenRequestProfile, boolean]>([
    [{ encoding: 'none' }, false],
    [{ encoding: 'none', clientAuthentication: 'basic' }, true],
  ])('of %j the client is authenticated: %j', async (profile, isSent) => {
    expect('authorization' in (await build(profile, { encoding: 'none' })).headers).toBe(isSent)
  })
})

describe('methods', () => {
  it.each(['PUT', 'PATCH', 'DELETE'] as const)('%s has a body as POST has', async (method) => {
    const request = await build({ method }, { client: {} })
    expect(request).toMatchObject({
      method,
      url: 'https://auth.example/token',
      body: 'grant_type=password&username=j%C3%B6rg&password=a%26b%3Dc',
    })
    expect(listEncodings({ method })).toEqual(['form'])
  })
})

describe('fixed parameters', () => {
  const extraParameters = { n: 3, yes: true, no: false, list: ['a', 'b'], text: '1' }
  it('keep their types in JSON', async () => {
    const { body } = await build({ extraParameters }, { encoding: 'json', client: {}, parameters: {} })
    expect(body).toBe('{"n":3,"yes":true,"no":false,"list":["a","b"],"text":"1"}')
  })
  it('are text elsewhere, and a list repeats its name', async () => {
    const expected = 'n=3&yes=true&no=false&list=a&list=b&text=1'
    expect((await build({ extraParameters }, { client: {}, parameters: {} })).body).toBe(expected)
    expect(new URL((await build({ extraParameters }, { encoding: 'query', client: {}, parameters: {} })).url).search).toBe(`?${expected}`)
  })
})

it('what is said of cookies is part of the request', async () => {
  expect((await build({ credentials: 'include' })).credentials).toBe('include')
  expect((await build()).credentials).toBeUndefined()
})

it('a function that authenticates the client sees the request, and cannot change it', async () => {
  const seen: unknown[] = []
  await build(
    {
      method: 'PUT',
      parameterNames: { username: 'user' },
      clientAuthentication: (client, request) => {
        seen.push(client, request, Object.isFrozen(request), Object.isFrozen(request.parameters))
        return { parameters: {} }
      },
    },
    { scope: 'a b', url: 'https://auth.example/token?v=1' },
  )
  const request = {
    url: 'https://auth.example/token?v=1',
    method: 'PUT',
    parameters: { ...wellKnown, scope: 'a b' },
    audience: 'https://auth.example/token?v=1',
    now: 42,
  }
  expect(seen).toEqual([both, request, true, true])
})
