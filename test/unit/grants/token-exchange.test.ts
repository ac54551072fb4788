import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { type TokenExchangeOptions, tokenExchange } from '../../../src/grants/token-exchange.ts'
import { buildTokenKey, isIdentified } from '../../../src/vocabulary/identity.ts'
import { createService } from '../../support/service.ts'
import { testProvider } from '../../support/test-provider.ts'

const least: TokenExchangeOptions = { subjectToken: 'user-token-1', subjectTokenType: 'access_token', clientId: 'app', clientSecret: 's' }
const urn = 'urn:ietf:params:oauth:token-type:'

describe('what is sent', () => {
  it('everything → under the names of RFC 8693 §2.1', async () => {
    const grant = tokenExchange({
      ...least,
      actorToken: async () => 'actor-token-1',
      actorTokenType: 'jwt',
      audience: 'orders',
      resource: 'https://api.example.com/orders',
      requestedTokenType: `${urn}access_token`,
      scope: 'read',
    })
    const { tokens, tokenRequests } = createService({ grant })
    await tokens.getToken()
    expect(tokenRequests[0]?.parameters).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'user-token-1',
      subject_token_type: `${urn}access_token`,
      actor_token: 'actor-token-1',
      actor_token_type: `${urn}jwt`,
      audience: 'orders',
      resource: 'https://api.example.com/orders',
      requested_token_type: `${urn}access_token`,
      scope: 'read',
    })
    expect(tokenRequests[0]?.headers['authorization']).toBe(`Basic ${btoa('app:s')}`)
  })

  it('a function → is asked for the token of each attempt', async () => {
    let count = 0
    const grant = tokenExchange({ ...least, subjectToken: async () => `user-token-${++count}` })
    const { tokens, tokenRequests } = createService({
      grant,
      replies: [new Response('down', { status: 503 })],
      manager: { retry: { minDelayMs: 0 } },
    })
    await tokens.getToken()
    expect(tokenRequests.map(({ parameters }) => parameters['subject_token'])).toEqual(['user-token-1', 'user-token-2'])
  })
})

describe('whose token it is', () => {
  const keyFor = (options: Partial<TokenExchangeOptions>, subject?: string) =>
    buildTokenKey(testProvider(), tokenExchange({ ...least, ...options }), subject)
  it.each<[string, Partial<TokenExchangeOptions>]>([
    ['subject token', { subjectToken: 'user-token-2' }],
    ['actor token', { actorToken: 'a', actorTokenType: 'jwt' }],
    ['type', { subjectTokenType: 'jwt' }],
    ['audience', { audience: 'orders' }],
    ['resource', { resource: 'https://a.example' }],
    ['scope', { scope: 'a' }],
    ['client', { clientId: 'other' }],
  ])('another %s → is another token', async (_, options) => {
    expect(await keyFor(options)).not.toBe(await keyFor({}))
  })

  it('no token stands in the key', async () => {
    expect(await keyFor({ actorToken: 'actor-token-1', actorTokenType: 'jwt' })).not.toMatch(/user-token|actor-token/)
  })

  it('a function gives the token → the manager’s subject has to say whose it is', () => {
    expect(isIdentified(testProvider(), tokenExchange(least))).toBe(true)
    expect(isIdentified(testProvider(), tokenExchange({ ...least, subjectToken: () => 'x' }))).toBe(false)
    expect(isIdentified(testProvider(), tokenExchange({ ...least, actorToken: () => 'x', actorTokenType: 'jwt' }))).toBe(false)
  })
})

describe('options that are wrong', () => {
  it.each<[string, object, string]>([
    ['no subject token', { subjectToken: undefined }, 'subjectToken: is missing'],
    ['no type', { subjectTokenType: undefined }, 'subjectTokenType: is missing'],
    ['a type that is none', { subjectTokenType: 'accesstoken' }, 'subjectTokenType: must be access_token, refresh_token'],
    ['an actor without a type', { actorToken: 'a' }, 'actorTokenType: is missing'],
    ['the type of no actor', { actorTokenType: 'jwt' }, 'actorTokenType: goes with actorToken only'],
    ['a resource with a fragment', { resource: 'https://a.example/#b' }, 'resource: must be an absolute URI without a fragment'],
    ['a resource that is a path', { resource: '/a' }, 'resource: must be an absolute URI'],
    ['an option that is none', { subject_token: 'a' }, 'subject_token: is unknown: did you mean subjectToken?'],
  ])('%s → a ConfigurationError', (_, options, words) => {
    expect(() => tokenExchange({ ...least, ...options })).toThrow(words)
    expect(() => tokenExchange({ ...least, ...options })).toThrow(ConfigurationError)
  })
})
