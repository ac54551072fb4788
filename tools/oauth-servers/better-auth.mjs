// better-auth with its OAuth provider, for test/scenarios of `npm run test:oauth-servers`. Port: the first argument; a public key as
// JWK: the second. Prints its issuer and its clients as one line of JSON.
import { createServer } from 'node:http'
import { oauthDeviceAuthorization, oauthProvider, oauthProviderAuthServerMetadata } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'

const [port, publicKey] = process.argv.slice(2)
const origin = `http://127.0.0.1:${port}`
const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'

const tables = [
  ...['user', 'session', 'account', 'verification', 'rateLimit', 'jwks', 'deviceCode', 'oauthClient', 'oauthRefreshToken'],
  ...['oauthAccessToken', 'oauthConsent', 'oauthResource', 'oauthClientResource', 'oauthClientAssertion'],
]
const auth = betterAuth({
  baseURL: origin,
  secret: 'a secret of thirty-two characters, or more',
  database: memoryAdapter(Object.fromEntries(tables.map((name) => [name, []]))),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [
    jwt(),
    oauthProvider({
      loginPage: '/login',
      consentPage: '/consent',
      scopes: ['openid', 'offline_access', 'things'],
      clientPrivileges: () => true,
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
    oauthDeviceAuthorization({ interval: '1s' }),
  ],
})

const { headers: session } = await auth.api.signUpEmail({
  body: { email: 'ada@example.com', password: 'open sesame', name: 'Ada' },
  returnHeaders: true,
})
const cookie = session
  .getSetCookie()
  .map((one) => one.split(';')[0])
  .join('; ')
const headers = new Headers({ cookie })
const create = (body) => auth.api.adminCreateOAuthClient({ body, headers })
const redirect_uris = ['https://app.example.com/callback']
const service = await create({ redirect_uris, grant_types: ['client_credentials'], client_credentials_scopes: ['things'], scope: 'things' })
const signer = await create({
  redirect_uris,
  grant_types: ['client_credentials'],
  client_credentials_scopes: ['things'],
  scope: 'things',
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [JSON.parse(publicKey)] },
})
const television = await create({
  redirect_uris,
  grant_types: [deviceCode, 'refresh_token'],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
  scope: 'openid offline_access',
})

const metadata = oauthProviderAuthServerMetadata(auth)
const handler = toNodeHandler(auth)
createServer(async (request, response) => {
  const url = new URL(request.url, origin)
  if (url.pathname.startsWith('/.well-known/oauth-authorization-server')) {
    const found = await metadata(new Request(url))
    response.writeHead(found.status, { 'content-type': 'application/json' }).end(await found.text())
  } else if (url.pathname === '/answer') {
    // What the page behind the verification URI does for a user who is signed in.
    const user_code = url.searchParams.get('user_code')
    await auth.api.deviceVerify({ query: { user_code }, headers })
    const userCode = { body: { userCode: user_code }, headers }
    await (url.searchParams.get('choice') === 'no' ? auth.api.deviceDeny(userCode) : auth.api.deviceApprove(userCode))
    response.end()
  } else await handler(request, response)
}).listen(Number(port), '127.0.0.1', async () => {
  const { issuer } = await auth.api.getOAuthServerConfig()
  console.log(JSON.stringify({ issuer, service, signer, television }))
})
