// What users write. Compiled against the packed tarball, with the types of one platform each.
import {
  authorizationCode,
  cam2,
  camdram,
  clientCredentials,
  customGrant,
  defineProvider,
  deviceCredentials,
  discover,
  dive,
  type Grant,
  isTokenwellError,
  jwtBearer,
  memoryStore,
  musement,
  oauth2,
  type Provider,
  password,
  privateKeyJwt,
  refreshToken,
  type Token,
  TokenEndpointError,
  TokenManager,
  type TokenManagerOptions,
  type TokenStore,
  TokenwellError,
  tokenExchange,
} from 'tokenwell'
import { createClient } from 'tokenwell/ky'
import { startDeviceSignIn } from 'tokenwell/sign-in'

// A preset goes in alone, or spread with options.
const tokens = new TokenManager(cam2({ clientId: 'id', clientSecret: 'secret' }))
new TokenManager({
  ...musement({ clientId: 'id', clientSecret: async () => 'secret', method: 'POST', language: 'en' }),
  store: memoryStore(),
  renewal: { scheduled: false, aheadMs: 60_000 },
  retry: { retries: 0 },
  origins: ['https://cdn.example.com', new URL('https://api.example.com')],
  foreignOrigins: 'pass-through',
  subject: 'user 1',
  timeoutMs: 5000,
  fetch,
  now: () => Date.now(),
})
new TokenManager(camdram({ clientId: 'id', clientSecret: 'secret', scope: ['user_email'] }))
new TokenManager(camdram({ clientId: 'id', clientSecret: 'secret', grant: refreshToken({ clientId: 'id', refreshToken: 'r' }) }))
new TokenManager(camdram({ clientId: 'id', clientSecret: 'secret', grant: refreshToken({ refreshToken: 'r' }) }))
new TokenManager(cam2({ clientId: 'id', clientSecret: 'secret', encoding: 'json' }))
new TokenManager(dive({ clientKey: 'key', deviceId: 'device' }))
new TokenManager(dive({ clientKey: 'key', username: 'me', password: 'secret' }))
new TokenManager(dive({ clientKey: 'key', username: 'me', passwordMd5: '0'.repeat(32), grantType: 'user_credentials' }))
new TokenManager(oauth2({ tokenUrl: 'https://a.example/token', apiUrl: 'https://a.example', clientId: 'id', scope: 'read write' }))

new TokenManager(
  oauth2({
    tokenUrl: 'https://a.example/token',
    apiUrl: 'https://a.example',
    clientId: 'id',
    clientSecret: () => 'secret',
    clientAuthentication: ['basic-loose', 'body'],
    parameters: { audience: 'https://a.example' },
    extra: ['instance_url'],
  }),
)

// An option that may be there or not is handed on as it is.
declare const wanted: boolean
new TokenManager({
  ...musement({
    clientId: 'id',
    clientSecret: 'secret',
    language: wanted ? 'it' : undefined,
    baseUrl: wanted ? 'https://a.example' : undefined,
  }),
  store: wanted ? memoryStore() : undefined,
  subject: wanted ? 'me' : undefined,
  renewal: wanted ? { aheadMs: wanted ? 1000 : undefined } : undefined,
  retry: { retries: wanted ? 0 : undefined },
  timeoutMs: wanted ? 5000 : undefined,
  now: wanted ? Date.now : undefined,
})

// Every grant is a Grant, and every profile a Provider.
const grants: Grant[] = [
  clientCredentials({ clientId: 'id', clientSecret: 'secret', scope: ['a', 'b'] }),
  password({ clientId: 'id', clientSecret: 'secret', username: 'me', password: () => 'secret' }),
  clientCredentials({ clientSecret: 'a key that stands for itself' }),
  password({ username: 'me', password: 'a login without a client' }),
  password({ password: 'a device with one account' }),
  deviceCredentials({ clientKey: 'key', deviceId: 'device' }),
  deviceCredentials({ clientKey: 'key', username: 'me', password: 'secret' }),
  refreshToken({ clientId: 'id', refreshToken: 'r' }),
  authorizationCode({ clientId: 'id' }),
  authorizationCode({ clientId: 'id', code: 'c', codeVerifier: wanted ? 'v' : undefined }),
  customGrant({ grantType: 'urn:example', parameters: { account_id: '1' } }),
]
// A private key is a CryptoKey, a JWK, PEM, or a function that fetches one.
const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
const jwk = await crypto.subtle.exportKey('jwk', privateKey)
grants.push(
  jwtBearer({ key: privateKey, issuer: 'robot', subject: wanted ? 'me' : undefined, claims: { scope: 'a', roles: ['b'] } }),
  jwtBearer({ key: async () => jwk, issuer: 'robot', algorithm: 'ES256', keyId: 'k1', scope: ['a'] }),
  tokenExchange({ subjectToken: async () => 'token', subjectTokenType: 'access_token', audience: 'orders' }),
  tokenExchange({ subjectToken: 'a', subjectTokenType: 'urn:example:token', actorToken: 'b', actorTokenType: 'jwt', clientId: 'id' }),
)
const discovered = await discover({
  issuer: 'https://auth.example.com',
  apiUrl: 'https://api.example.com',
  clientId: 'id',
  clientAuthentication: privateKeyJwt({ key: { ...jwk, kid: 'k1' }, audience: wanted ? 'https://a.example' : undefined }),
  signal: AbortSignal.timeout(1000),
})
new TokenManager({ ...discovered, store: memoryStore() })
const device = await startDeviceSignIn({ provider: discovered.provider, clientId: 'id', scope: 'a', signal: AbortSignal.timeout(1000) })
new TokenManager({ provider: discovered.provider, grant: await device.grant })
console.log(device.userCode, device.verificationUri, device.verificationUriComplete?.length, device.expiresAt)

const provider: Provider = defineProvider({
  name: 'mine',
  apiUrl: 'https://api.example.com',
  tokenUrl: 'https://api.example.com/token',
  tokenRequest: { encoding: ['form', 'json'], clientAuthentication: ['basic', 'body'], parameterNames: { grant_type: false } },
  tokenResponse: { accessToken: ['data.token', 'token'], expiresInUnit: wanted ? 'ms' : undefined },
  authorization: { header: 'X-Token' },
  isRejection: async (response) => response.status === 403 && (await response.text()).includes('expired'),
})
const options: TokenManagerOptions = { provider, grant: grants[0] as Grant }
new TokenManager(options)

// tokens.fetch is a fetch, for whoever wants one.
const asFetch: typeof fetch = tokens.fetch
const asGlobalFetch: typeof globalThis.fetch = tokens.fetch
const response: Response = await tokens.fetch(new URL('https://api.example.com'), { method: 'POST', body: new URLSearchParams({ a: '1' }) })
new TokenManager({ ...options, fetch: asFetch })
new TokenManager({ ...options, fetch: asGlobalFetch })

const token: Token = await tokens.getToken({ signal: AbortSignal.timeout(1000), forceRenewal: true })
const lifetimeMs: number | undefined = token.expiresAt === undefined ? undefined : token.expiresAt - token.issuedAt
const header: string = await tokens.getAuthorization()
const cities = await createClient(tokens, { timeout: 5000 }).get('cities').json<{ id: number }[]>()

const stopListening: () => void = tokens.on('renewed', () => {})
stopListening()
tokens.explain()
await tokens.clear()
tokens.dispose()
{
  using managed = new TokenManager(options)
  managed.explain()
}

try {
  await tokens.fetch('https://api.example.com')
} catch (error) {
  if (error instanceof TokenEndpointError) console.log(error.status, error.retryAt)
  if (error instanceof TokenwellError) console.log(error.code, error.retryable)
  if (isTokenwellError(error)) console.log(error.code)
}

const store: TokenStore = {
  get: async () => undefined,
  set: async (_key, record) => console.log(record.version),
  delete: async () => {},
}
new TokenManager({ ...options, store })

console.log(lifetimeMs, header, cities[0]?.id, response.ok)
