import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import type { AuthorizationFunction, CallAuthorization } from '../../../src/vocabulary/provider.ts'
import { apiUrl, createService, rejectionOf, type ServiceOptions } from '../../support/service.ts'

const secret = 'canary-Token-1234567890'
const jwt = (signature: string) => `eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.${signature}`
const base64 = (text: string) => Buffer.from(text).toString('base64url')

async function follow(location: string, authorization: unknown, options: ServiceOptions = {}) {
  const { tokens, apiCalls } = createService({
    replies: [{ access_token: secret }],
    ...options,
    provider: { authorization: authorization as AuthorizationFunction },
    api: ({ url }) => (url.startsWith(apiUrl) ? new Response(null, { status: 302, headers: { location } }) : new Response('there')),
  })
  await tokens.fetch(apiUrl)
  return apiCalls.slice(1).map(({ url }) => url)
}

describe('a redirect to another origin, of a call with the token in its query', () => {
  it.each([
    ['a parameter of the token’s name, that is the foreign server’s own', '?alt=media&tok=STORAGE-SIGNATURE&x=1'],
    ['a JWT of somebody else', `?k=${jwt('somebodyElsesSignature')}`, jwt('oursIsNotThatOneAtAll')],
    ['the signature of a bucket', '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0123456789abcdef0123456789abcdef'],
  ])('with %s → is followed, to the letter', async (_, query, token = secret) => {
    const location = `https://bucket.example/f${query}`
    expect(await follow(location, { query: 'tok' }, { replies: [{ access_token: token }] })).toEqual([location])
  })

  it.each([
    ['as it is', `?tok=${secret}&a=1`, '?a=1'],
    ['percent-encoded under another name', `?k=canary%2DToken-1234567890&a=1`, '?a=1'],
  ])('repeating the token %s → is followed without it', async (_, query, expected) => {
    expect(await follow(`https://bucket.example/f${query}`, { query: 'tok' })).toEqual([`https://bucket.example/f${expected}`])
  })

  it.each([
    ['in base64', `?RelayState=${base64(`${apiUrl}?tok=${secret}`)}`],
    ['in hex', `?k=${Buffer.from(secret).toString('hex')}`],
    ['in escapes', `?k=${secret.replace('-', '%u002d')}`],
    ['in lower case', `?k=${secret.toLowerCase()}`],
    ['in the path', `/${secret}`],
    ['a JWT, in base64', `?k=${base64(jwt('oursIsNotThatOneAtAll'))}`, jwt('oursIsNotThatOneAtAll')],
  ])('repeating the token %s → is not followed', async (_, query, token = secret) => {
    expect(await follow(`https://bucket.example/f${query}`, { query: 'tok' }, { replies: [{ access_token: token }] })).toEqual([])
  })
})

describe('a redirect to another origin, of a call that a function has signed', () => {
  const grant = clientCredentials({ clientId: 'the-client-id-of-ours', clientSecret: 'client-canary-secret' })
  const signed: AuthorizationFunction = ({ url, client }) => ({
    url: `${url}?key=${client.clientSecret}&sig=0123456789abcdef01234567&id=${client.clientId}`,
    headers: { authorization: 'HMAC signature=fedcba9876543210fedcba', 'content-type': 'application/octet-stream' },
  })

  it.each([
    ['the client’s secret', `?return=${encodeURIComponent(`${apiUrl}?key=client-canary-secret`)}`, ''],
    ['what it put into the URL', '?s=0123456789abcdef01234567', ''],
    ['what it put into a header', '?s=fedcba9876543210fedcba&a=1', '?a=1'],
  ])('repeating %s → is followed without it', async (_, query, expected) => {
    expect(await follow(`https://bucket.example/f${query}`, signed, { grant })).toEqual([`https://bucket.example/f${expected}`])
  })

  it.each([
    ['the client’s secret, in base64', `?r=${base64('client-canary-secret')}`],
    ['what it put into the URL, in a path', '/0123456789abcdef01234567'],
    ['what it put into a header, in base64', `?r=${base64('x: fedcba9876543210fedcba')}`],
  ])('repeating %s → is not followed', async (_, query) => {
    expect(await follow(`https://bucket.example/f${query}`, signed, { grant })).toEqual([])
  })

  it('with what is no secret, the content type and the client’s id → is followed', async () => {
    const location = 'https://bucket.example/f?type=application/octet-stream&client_id=the-client-id-of-ours'
    expect(await follow(location, signed, { grant })).toEqual([location])
  })
})

describe('what a function that signs returns', () => {
  it.each([
    ['Headers', { headers: new Headers({ 'x-sign': 's' }) }],
    ['a Map', { headers: new Map([['x-sign', 's']]) }],
    ['an object', { headers: { 'x-sign': 's' } }],
  ])('headers as %s → count', async (_, result) => {
    const { tokens, apiCalls } = createService({ provider: { authorization: () => result as CallAuthorization } })
    await tokens.fetch(apiUrl)
    expect(apiCalls.map(({ headers }) => headers.get('x-sign'))).toEqual(['s'])
  })

  it.each([
    ['a field with a slip', { header: { 'x-sign': 's' } }, /header: is unknown: did you mean headers\?$/],
    ['a field that there is not', { token: 's' }, /token: is unknown; there are headers, url, body$/],
    ['the headers themselves', new Headers({ 'x-sign': 's' }), /must be an object with headers, url, body$/],
    ['headers that are a text', { headers: 'x-sign: s' }, /headers: must be an object/],
    ['headers in a list', { headers: [['x-sign', 's']] }, /must be an object/],
  ])('%s → a ConfigurationError, and nothing is sent', async (_, result, message) => {
    const { tokens, apiCalls } = createService({ provider: { authorization: () => result as CallAuthorization } })
    const error = await rejectionOf(tokens.fetch(apiUrl))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ message: expect.stringMatching(message) })
    expect(apiCalls).toHaveLength(0)
  })
})
