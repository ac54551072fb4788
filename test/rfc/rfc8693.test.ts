import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/base/errors.ts'
import { type TokenExchangeOptions, tokenExchange } from '../../src/grants/token-exchange.ts'
import type { ScriptedReply } from '../../src/testing/scripted-token-server.ts'
import { createService } from '../support/service.ts'

// RFC 8693: OAuth 2.0 Token Exchange. https://www.rfc-editor.org/rfc/rfc8693

const urn = 'urn:ietf:params:oauth:token-type:'
/** The example of section 2.3. */
const example: TokenExchangeOptions = {
  clientId: 'rs08',
  clientSecret: 'long-secure-random-secret',
  resource: 'https://backend.example.com/api',
  subjectToken: 'accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC',
  subjectTokenType: 'access_token',
}

async function requestOf(options: Partial<TokenExchangeOptions> = {}, reply?: ScriptedReply) {
  const { tokens, tokenRequests, clock } = createService({
    grant: tokenExchange({ ...example, ...options }),
    ...(reply && { replies: [reply] }),
  })
  const token = await tokens.getToken()
  return { ...tokenRequests[0], token, tokens, tokenRequests, clock }
}

describe('2.1 the request', () => {
  it('2.3 the example: grant_type, resource, subject_token and its type, and the client by HTTP Basic', async () => {
    const { parameters, headers } = await requestOf()
    expect(parameters).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      resource: example.resource,
      subject_token: example.subjectToken,
      subject_token_type: `${urn}access_token`,
    })
    expect(headers?.['authorization']).toBe('Basic cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0')
  })

  it('audience and scope are optional, and so is requested_token_type', async () => {
    const { parameters } = await requestOf({ audience: 'urn:example:cooperation-context', scope: 'a b', requestedTokenType: 'jwt' })
    expect(parameters).toMatchObject({
      audience: 'urn:example:cooperation-context',
      scope: 'a b',
      requested_token_type: `${urn}jwt`,
    })
  })

  it('actor_token_type is required where actor_token is present, and must not be included otherwise', async () => {
    const { parameters } = await requestOf({ actorToken: 'actor', actorTokenType: 'id_token' })
    expect(parameters).toMatchObject({ actor_token: 'actor', actor_token_type: `${urn}id_token` })
    expect(() => tokenExchange({ ...example, actorToken: 'actor' })).toThrow(ConfigurationError)
    expect(() => tokenExchange({ ...example, actorTokenType: 'jwt' })).toThrow(ConfigurationError)
  })

  it('resource is an absolute URI, and must not include a fragment', () => {
    for (const resource of ['/api', 'https://a.example/#b']) expect(() => tokenExchange({ ...example, resource })).toThrow('resource')
  })
})

describe('2.2 the response', () => {
  it('2.2.1 issued_token_type is no part of the token; token_type may be N_A', async () => {
    const issued = { access_token: 'eyJ-is-opaque', issued_token_type: `${urn}jwt`, token_type: 'N_A', expires_in: 60, scope: 'a' }
    const { token } = await requestOf({}, issued)
    expect(token).toMatchObject({ accessToken: 'eyJ-is-opaque', tokenType: 'N_A', scope: ['a'] })
  })

  it('2.2.1 a refresh token, which will typically not be issued, is used where it is', async () => {
    const { tokens, tokenRequests, clock } = await requestOf({}, { access_token: 'a', refresh_token: 'r', expires_in: 60 })
    clock.advance(60_000)
    await tokens.getToken()
    expect(tokenRequests[1]?.parameters).toEqual({ grant_type: 'refresh_token', refresh_token: 'r' })
  })

  it('2.2.2 an error is that of RFC 6749 §5.2; invalid_target is known', async () => {
    const otherwise = () => Response.json({ error: 'invalid_target' }, { status: 400 })
    const { tokens, tokenRequests } = createService({ grant: tokenExchange(example), otherwise })
    await expect(tokens.getToken()).rejects.toMatchObject({ code: 'refused', error: 'invalid_target' })
    expect(tokenRequests).toHaveLength(1)
  })
})

describe('3. identifiers of token types', () => {
  it.each(['access_token', 'refresh_token', 'id_token', 'saml1', 'saml2', 'jwt'] as const)('%s stands for its URN', async (type) => {
    expect((await requestOf({ subjectTokenType: type })).parameters?.['subject_token_type']).toBe(urn + type)
  })

  it('any other URI is sent as it is', async () => {
    const type = 'http://example.com/token-type/legacy'
    expect((await requestOf({ subjectTokenType: type })).parameters?.['subject_token_type']).toBe(type)
  })
})
