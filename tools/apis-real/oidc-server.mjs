// oidc-provider, with an API behind its tokens, for test/apis/real. Port: the first argument.
import { Provider } from 'oidc-provider'

const [port] = process.argv.slice(2)
const origin = `http://127.0.0.1:${port}`
const client = {
  client_id: 'app',
  client_secret: 'open sesame',
  grant_types: ['client_credentials', 'refresh_token', 'authorization_code'],
  redirect_uris: ['https://app.example.com/callback'],
  token_endpoint_auth_method: 'client_secret_basic',
}

const provider = new Provider(origin, {
  clients: [client],
  scopes: ['openid', 'offline_access', 'things'],
  features: { clientCredentials: { enabled: true }, revocation: { enabled: true }, devInteractions: { enabled: false } },
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  ttl: { AccessToken: 3600, ClientCredentials: 3600, RefreshToken: 86_400, Grant: 86_400 },
  rotateRefreshToken: true,
})

provider.use(async (ctx, next) => {
  if (ctx.path === '/api/things') {
    const [, token = ''] = (ctx.get('authorization') ?? '').split('Bearer ')
    const found = token && ((await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token)))
    ctx.status = found ? 200 : 401
    ctx.body = found ? { things: [] } : { error: 'invalid_token' }
  } else if (ctx.path === '/refresh-token') {
    ctx.body = await signIn()
  } else if (ctx.path === '/forget') {
    // Its own end of revocation ends the whole sign-in. This loses the access token alone.
    const token = String(ctx.query['token'])
    const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token))
    await found?.destroy()
    ctx.status = found ? 200 : 404
    ctx.body = {}
  } else await next()
})

/** A refresh token as a sign-in gives it, without a browser. */
async function signIn() {
  const grant = new provider.Grant({ accountId: 'me', clientId: client.client_id })
  grant.addOIDCScope('openid offline_access')
  const grantId = await grant.save()
  const found = await provider.Client.find(client.client_id)
  const refreshToken = new provider.RefreshToken({
    ...{ accountId: 'me', client: found, grantId, gty: 'authorization_code', scope: 'openid offline_access' },
    ...{ authTime: Math.floor(Date.now() / 1000), claims: {}, sessionUid: 'session', rotations: 0 },
  })
  return refreshToken.save()
}

provider.listen(Number(port), '127.0.0.1')
