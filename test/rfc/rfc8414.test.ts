import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/base/errors.ts'
import { discover } from '../../src/providers/discover.ts'
import { createMetadataHost, metadataOf, publicClient } from '../support/metadata-host.ts'

// RFC 8414: OAuth 2.0 Authorization Server Metadata. https://www.rfc-editor.org/rfc/rfc8414
// OpenID Connect Discovery 1.0. https://openid.net/specs/openid-connect-discovery-1_0.html

async function placesOf(issuer: string): Promise<string[]> {
  const host = createMetadataHost({})
  await expect(discover({ ...publicClient, issuer, fetch: host.fetch })).rejects.toThrow(ConfigurationError)
  return host.urls()
}

describe('3. where the metadata of an issuer is', () => {
  it('3.1 without a path: the well-known string is the path', async () => {
    expect(await placesOf('https://example.com')).toEqual([
      'https://example.com/.well-known/oauth-authorization-server',
      'https://example.com/.well-known/openid-configuration',
    ])
  })

  it.each(['https://example.com/issuer1', 'https://example.com/issuer1/'])(
    '3.1 and 5. with a path: the string stands between the host and the path, without the terminating slash (%s)',
    async (issuer) => {
      expect(await placesOf(issuer)).toEqual([
        'https://example.com/.well-known/oauth-authorization-server/issuer1',
        'https://example.com/.well-known/openid-configuration/issuer1',
        // OpenID Connect Discovery 1.0 §4: the string is appended.
        'https://example.com/issuer1/.well-known/openid-configuration',
      ])
    },
  )

  it.each([
    'https://example.com/.well-known/oauth-authorization-server/issuer1',
    'https://example.com/.well-known/openid-configuration/issuer1',
    'https://example.com/issuer1/.well-known/openid-configuration',
  ])('3. a document at %s is found', async (place) => {
    const issuer = 'https://example.com/issuer1'
    const host = createMetadataHost({ [place]: metadataOf(issuer) })
    expect((await discover({ ...publicClient, issuer, fetch: host.fetch })).provider.tokenUrl).toBe('https://example.com/token')
  })
})

describe('3.3 the issuer in the document must be identical to the one that was asked for', () => {
  it.each([
    ['a slash more', 'https://example.com', 'https://example.com/'],
    ['a slash less', 'https://example.com/', 'https://example.com'],
    ['another case', 'https://example.com/Issuer', 'https://example.com/issuer'],
    ['the port that is the usual one', 'https://example.com', 'https://example.com:443'],
    ['another path of the same host', 'https://example.com/a', 'https://example.com/b'],
    ['another scheme', 'https://example.com', 'http://example.com'],
  ])('%s → the document is not used', async (_, issuer, named) => {
    const fetch = (async () => Response.json(metadataOf(named))) as unknown as typeof globalThis.fetch
    await expect(discover({ ...publicClient, issuer, fetch })).rejects.toThrow('is that of another issuer')
  })

  it('the same letters → the document is used', async () => {
    const issuer = 'https://example.com/'
    const host = createMetadataHost({ 'https://example.com/.well-known/oauth-authorization-server': metadataOf(issuer) })
    expect((await discover({ ...publicClient, issuer, fetch: host.fetch })).provider.issuer).toBe(issuer)
  })
})

describe('2. what the document says', () => {
  it.each(['https://example.com?a', 'https://example.com#a', 'http://example.com'])(
    'an issuer is an https URL without query and fragment (%s)',
    async (issuer) => {
      await expect(discover({ ...publicClient, issuer })).rejects.toMatchObject({ option: 'issuer' })
    },
  )

  it('token_endpoint_auth_methods_supported: where it is omitted, the default is client_secret_basic', async () => {
    const host = createMetadataHost({ 'https://example.com/.well-known/oauth-authorization-server': metadataOf('https://example.com') })
    const options = { ...publicClient, clientSecret: 's', issuer: 'https://example.com', fetch: host.fetch }
    expect((await discover(options)).provider.tokenRequest?.clientAuthentication).toBe('basic')
  })
})
