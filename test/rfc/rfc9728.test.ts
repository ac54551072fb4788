import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/base/errors.ts'
import { authorizationCode } from '../../src/grants/authorization-code.ts'
import { type DiscoverOptions, discover } from '../../src/providers/discover.ts'
import { createMetadataHost, type Document, issuer, metadataOf, wellKnown } from '../support/metadata-host.ts'

// RFC 9728: OAuth 2.0 Protected Resource Metadata. https://www.rfc-editor.org/rfc/rfc9728

const resource = 'https://resource.example.com/mcp'
const inserted = 'https://resource.example.com/.well-known/oauth-protected-resource/mcp'
const root = 'https://resource.example.com/.well-known/oauth-protected-resource'

const resourceMetadata = (fields: object = {}) => ({ resource, authorization_servers: [issuer], ...fields })

function discoverResource(documents: Record<string, Document>, options: Partial<DiscoverOptions> = {}) {
  const host = createMetadataHost({ [wellKnown]: metadataOf(), ...documents })
  const clientId = 'app'
  const found = discover({ resource, clientId, grant: authorizationCode({ clientId }), fetch: host.fetch, ...options })
  return { found, urls: host.urls }
}

describe('3.1 where the metadata of a resource is', () => {
  it.each([
    ['https://resource.example.com', [root]],
    ['https://resource.example.com/', [root]],
    ['https://resource.example.com/resource1', [`${root}/resource1`, root]],
    ['https://resource.example.com/resource1/', [`${root}/resource1/`, root]],
    ['https://resource.example.com/r?tenant=1', [`${root}/r?tenant=1`, root]],
  ])('the string is inserted between host and path: %s', async (given, places) => {
    const { found, urls } = discoverResource({}, { resource: given, apiUrl: 'https://resource.example.com' })
    await expect(found).rejects.toThrow(ConfigurationError)
    expect(urls()).toEqual(places)
  })

  it('5.1 where a challenge says where it is, only that place is asked', async () => {
    const place = 'https://resource.example.com/custom/metadata.json'
    const { found, urls } = discoverResource({ [place]: resourceMetadata() }, { resourceMetadataUrl: place })
    expect((await found).provider.tokenUrl).toBe(`${issuer}/token`)
    expect(urls()).toEqual([place, wellKnown])
  })
})

describe('3.3 the resource in the document must be identical to the one that was asked for', () => {
  it.each([
    ['another host', 'https://other.example.com/mcp'],
    ['another path', 'https://resource.example.com/mcp2'],
    ['a slash more', `${resource}/`],
    ['the whole host', 'https://resource.example.com'],
    ['none', undefined],
    ['no text', 5],
  ])('%s → the document is not used', async (_, named) => {
    const { found, urls } = discoverResource({ [inserted]: resourceMetadata({ resource: named }) })
    await expect(found).rejects.toThrow('is that of another resource')
    expect(urls()).not.toContain(wellKnown)
  })

  it('a document at the root → may be that of the whole host', async () => {
    const host = 'https://resource.example.com'
    const { provider } = await discoverResource({ [root]: resourceMetadata({ resource: host }) }).found
    expect(provider.tokenRequest?.extraParameters).toEqual({ resource: host })
  })
})

describe('2. what the document says', () => {
  it('authorization_servers: the one that is named is asked, and its own metadata names the endpoints', async () => {
    const { provider, grant } = await discoverResource({ [inserted]: resourceMetadata({ token_endpoint: 'https://evil.example' }) }).found
    expect(provider).toMatchObject({ apiUrl: resource, tokenUrl: `${issuer}/token`, issuer })
    expect(grant).toMatchObject({ grantType: 'authorization_code', clientId: 'app' })
  })

  it.each<[string, object, string]>([
    ['none', { authorization_servers: undefined }, 'names no authorization server'],
    ['several', { authorization_servers: [issuer, 'https://b.example'] }, `${issuer}, https://b.example`],
    ['one over plain HTTP', { authorization_servers: ['http://auth.example.com'] }, 'must begin with https://'],
    ['one on this machine', { authorization_servers: ['http://localhost:8080'] }, 'over plain HTTP'],
    ...['HTTP://127.0.0.1:6379', ' http://127.0.0.1:6379', 'ht\ttp://127.0.0.1:6379'].map((one): [string, object, string] => [
      `one on this machine, in another spelling (${JSON.stringify(one)})`,
      { authorization_servers: [one] },
      'over plain HTTP',
    ]),
    ...['https://127.0.0.1', 'https://localhost', 'https://10.0.0.5', 'https://169.254.169.254', 'https://[::1]'].map(
      (one): [string, object, string] => [`a host of no other network (${one})`, { authorization_servers: [one] }, 'a private address'],
    ),
    ['one that is no URL', { authorization_servers: ['auth'] }, 'issuer'],
  ])('authorization_servers: %s → the caller has to name the issuer', async (_, fields, words) => {
    const { found, urls } = discoverResource({ [inserted]: resourceMetadata(fields) })
    await expect(found).rejects.toThrow(words)
    await expect(found).rejects.toMatchObject({ option: 'issuer' })
    expect(urls()).toEqual([inserted])
  })

  it('authorization_servers: one on this machine, over plain HTTP, of a resource whose scheme is in capitals → is refused', async () => {
    const documents = { [inserted]: resourceMetadata({ authorization_servers: ['http://127.0.0.1:6379'] }) }
    const { found, urls } = discoverResource(documents, { resource: 'HTTPS://resource.example.com/mcp' })
    await expect(found).rejects.toThrow('over plain HTTP')
    expect(urls()).toEqual([inserted])
  })

  it.each(['http://127.0.0.1:3000', 'https://10.0.0.5'])('authorization_servers: a neighbour of %s → is asked', async (host) => {
    const near = 'https://127.0.0.1:4000'
    const documents = {
      [`${host}/.well-known/oauth-protected-resource/mcp`]: { resource: `${host}/mcp`, authorization_servers: [near] },
      [`${near}/.well-known/oauth-authorization-server`]: metadataOf(near),
    }
    expect((await discoverResource(documents, { resource: `${host}/mcp` }).found).provider.issuer).toBe(near)
  })

  it('authorization_servers: an issuer that the caller names must be among them', async () => {
    const documents = { [inserted]: resourceMetadata({ authorization_servers: ['https://a.example', issuer] }) }
    expect((await discoverResource(documents, { issuer, clientSecret: 's' }).found).provider.issuer).toBe(issuer)
    const { found } = discoverResource(documents, { issuer: 'https://c.example' })
    await expect(found).rejects.toThrow(`issuer: is not one that the resource takes tokens of: it names https://a.example, ${issuer}`)
  })

  it('scopes_supported: they are asked for where the caller says nothing else', async () => {
    const documents = { [inserted]: resourceMetadata({ scopes_supported: ['read', 'write'] }) }
    expect((await discoverResource(documents).found).grant.scope).toEqual(['read', 'write'])
    expect((await discoverResource(documents, { scope: 'read' }).found).grant.scope).toBe('read')
    expect((await discoverResource({ [inserted]: resourceMetadata() }).found).grant).not.toHaveProperty('scope')
  })

  it('scopes_supported: what is no scope of RFC 6749 §3.3 is left out', async () => {
    const scopes = ['read', 'a b', 'write"', 'back\\slash', '', 'a\u0000', 'é', 5]
    const documents = { [inserted]: resourceMetadata({ scopes_supported: scopes }) }
    expect((await discoverResource(documents).found).grant.scope).toEqual(['read'])
  })

  it('resource: another spelling of the same URL → the caller’s own is sent', async () => {
    const documents = { [inserted]: resourceMetadata({ resource: 'HTTPS://Resource.example.com:443/x/../mcp' }) }
    expect((await discoverResource(documents).found).provider.tokenRequest?.extraParameters).toEqual({ resource })
    const ofHost = { [root]: resourceMetadata({ resource: 'HTTPS://RESOURCE.example.com/./' }) }
    const { provider } = await discoverResource(ofHost).found
    expect(provider.tokenRequest?.extraParameters).toEqual({ resource: 'https://resource.example.com/' })
  })

  it('RFC 8707 §2: the resource goes into token requests, unless the caller says which one', async () => {
    const documents = { [inserted]: resourceMetadata() }
    expect((await discoverResource(documents).found).provider.tokenRequest?.extraParameters).toEqual({ resource })
    const { found } = discoverResource(documents, { parameters: { resource: 'urn:api', audience: 'a' } })
    expect((await found).provider.tokenRequest?.extraParameters).toEqual({ resource: 'urn:api', audience: 'a' })
  })
})

describe('7. an issuer that only the resource has named', () => {
  it.each(['token_endpoint', 'authorization_endpoint', 'device_authorization_endpoint', 'revocation_endpoint'])(
    'its %s at another origin → is refused, since it could be mixed up with that of another issuer',
    async (name) => {
      const documents = {
        [inserted]: resourceMetadata(),
        [wellKnown]: metadataOf(issuer, { [name]: 'https://honest.example/endpoint' }),
      }
      await expect(discoverResource(documents).found).rejects.toMatchObject({ option: `metadata.${name}` })
      await expect(discoverResource(documents, { issuer }).found).resolves.toBeDefined()
    },
  )
})
