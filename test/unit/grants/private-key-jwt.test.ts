import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { privateKeyJwt } from '../../../src/grants/private-key-jwt.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { oauth2 } from '../../../src/providers/oauth2.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { defineProvider } from '../../../src/vocabulary/define-provider.ts'
import { buildTokenKey, isIdentified } from '../../../src/vocabulary/identity.ts'
import { createService } from '../../support/service.ts'
import { jwkOf, keyPairs, pemOf } from '../../support/signing-keys.ts'
import { verifyJwt } from '../../support/verify-jwt.ts'

const { privateKey, publicKey } = keyPairs.ES256
const key = pemOf(privateKey)
const urls = { tokenUrl: 'https://auth.example.com/token', apiUrl: 'https://api.example.com' }
const preset = (more: object = {}) => oauth2({ ...urls, clientId: 'app', clientAuthentication: privateKeyJwt({ key }), ...more })

it('each attempt has an assertion of its own, for the token endpoint where no issuer is known', async () => {
  const clientAuthentication = privateKeyJwt({ key })
  const { tokens, tokenRequests, clock } = createService({
    provider: { tokenRequest: { clientAuthentication } },
    grant: clientCredentials({ clientId: 'app' }),
    replies: [new Response('down', { status: 503 })],
    manager: { retry: { minDelayMs: 0 } },
  })
  await tokens.getToken()
  const seen = tokenRequests.map(({ parameters }) => verifyJwt(parameters['client_assertion'] as string, publicKey).claims)
  expect(seen).toHaveLength(2)
  const iat = Math.floor(clock.now() / 1000)
  expect(seen[0]).toEqual({
    iss: 'app',
    sub: 'app',
    aud: 'https://auth.example.com/token',
    iat,
    exp: iat + 60,
    jti: expect.any(String),
  })
  expect(seen[0]?.['jti']).not.toBe(seen[1]?.['jti'])
})

it.each([
  ['the issuer, where the provider names it', undefined, 'https://auth.example.com'],
  ['what the caller says', 'https://aud.example', 'https://aud.example'],
])('the audience is %s', async (_, audience, expected) => {
  const { tokens, tokenRequests } = createService({
    provider: { issuer: 'https://auth.example.com', tokenRequest: { clientAuthentication: privateKeyJwt({ key, audience }) } },
    grant: clientCredentials({ clientId: 'app' }),
  })
  await tokens.getToken()
  expect(verifyJwt(tokenRequests[0]?.parameters['client_assertion'] as string, publicKey).claims['aud']).toBe(expected)
})

it('beside a shared store no subject is needed, and the client is who it was with a secret', async () => {
  const { provider, grant } = preset()
  expect(isIdentified(provider, grant)).toBe(true)
  expect(() => new TokenManager({ provider, grant, store: memoryStore() })).not.toThrow()
  const before = oauth2({ ...urls, clientId: 'app', clientSecret: 's' })
  expect(await buildTokenKey(provider, grant)).toBe(await buildTokenKey(before.provider, before.grant))
})

it('a grant without a client → is refused by the manager', () => {
  const provider = defineProvider({ ...urls, name: 'x', tokenRequest: { clientAuthentication: privateKeyJwt({ key }) } })
  expect(() => new TokenManager({ provider, grant: clientCredentials({}) })).toThrow('clientId: is missing')
})

it('an option that is none → is refused, with the one that was meant', () => {
  expect(() => privateKeyJwt({ key, algorythm: 'ES256' } as never)).toThrow('algorythm: is unknown: did you mean algorithm?')
})

it('neither a log of the provider nor JSON shows the key', () => {
  const jwk = jwkOf(privateKey)
  const { provider } = preset({ clientAuthentication: privateKeyJwt({ key: jwk }) })
  expect(inspect(provider, { depth: 9, showHidden: true }) + JSON.stringify(provider)).not.toContain(jwk.d)
})

it('a key that cannot be fetched → an error with its code, and not its text', async () => {
  const clientAuthentication = privateKeyJwt({
    key: () => {
      throw Object.assign(new Error('top secret'), { code: 'EVAULT' })
    },
  })
  const { tokens } = createService({
    provider: { tokenRequest: { clientAuthentication } },
    grant: clientCredentials({ clientId: 'app' }),
    manager: { retry: { retries: 0 } },
  })
  const error = await tokens.getToken().catch((thrown) => thrown)
  expect(error).toMatchObject({ name: 'TokenNetworkError', code: 'function_failed', cause: { code: 'EVAULT' } })
  expect(inspect(error)).not.toContain('top secret')
})
