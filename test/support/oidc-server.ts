import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ClientMetadata, type Configuration, Provider } from 'oidc-provider'
import { onTestFinished, vi } from 'vitest'
import { jwkOf, keyPairs } from './signing-keys.ts'
import { verifyJwt } from './verify-jwt.ts'

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const redirectUri = 'http://127.0.0.1/callback'

const none = { redirect_uris: [], response_types: [] as [] }
const clients: ClientMetadata[] = [
  { client_id: 'service', client_secret: 'open sesame', grant_types: ['client_credentials', tokenExchange, jwtBearer], ...none },
  ...Object.entries(keyPairs).map(
    ([algorithm, { publicKey }]): ClientMetadata => ({
      client_id: `signs-${algorithm}`,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...jwkOf(publicKey), kid: algorithm }] } as ClientMetadata['jwks'],
      grant_types: ['client_credentials'],
      ...none,
    }),
  ),
  {
    client_id: 'television',
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    grant_types: [deviceCode, 'refresh_token'],
    ...none,
  },
  {
    client_id: 'app',
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [redirectUri],
    require_pushed_authorization_requests: true,
  },
]

const commandLine: ClientMetadata = {
  client_id: 'command-line',
  token_endpoint_auth_method: 'none',
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token', deviceCode],
  response_types: ['code'],
  // RFC 8252 §7.3: any port of it.
  redirect_uris: [redirectUri],
}

const configuration: Configuration = {
  clients: [...clients, commandLine],
  scopes: ['openid', 'offline_access', 'things'],
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    revocation: { enabled: true },
    introspection: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
  },
  enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] },
  issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ['key'] },
}

/** A server of Filip Skokan's oidc-provider on loopback, with an API behind its tokens, until the test ends. */
export async function startOidcServer() {
  // It warns of what a production server would do otherwise.
  for (const method of ['info', 'warn'] as const) vi.spyOn(console, method).mockImplementation(() => {})
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, configuration)
  registerTokenExchange(provider)
  registerJwtBearer(provider)
  const requests: string[] = []
  const callback = provider.callback()
  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`)
    if (request.url?.startsWith('/interaction/')) await agree(provider, request, response)
    else if (request.url?.startsWith('/api')) await answerCall(provider, request, response)
    else await callback(request, response)
  })
  onTestFinished(() => {
    vi.restoreAllMocks()
    server.closeAllConnections()
    server.close()
  })
  return { issuer, apiUrl: `${issuer}/api`, redirectUri, provider, requests }
}

/** Signs in and consents, without a page. */
async function agree(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, grantId, session, params } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: 'ada' } })
  const found = grantId ? await provider.Grant.find(grantId) : undefined
  const grant = found ?? new provider.Grant({ accountId: session?.accountId ?? '', clientId: params['client_id'] as string })
  const { missingOIDCScope } = prompt.details as { missingOIDCScope?: string[] }
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '))
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true })
}

async function answerCall(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, token = ''] = request.headers.authorization?.split('Bearer ') ?? []
  const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token))
  response.writeHead(found ? 200 : 401, { 'content-type': 'application/json' })
  response.end(JSON.stringify(found ? { client: found.clientId, account: 'accountId' in found ? found.accountId : null } : {}))
}

/** RFC 8693, as its documents show how to add a grant: the token of a service for another of the same client. */
function registerTokenExchange(provider: Provider): void {
  const parameters = ['subject_token', 'subject_token_type', 'audience', 'scope']
  provider.registerGrantType(
    tokenExchange,
    async (ctx) => {
      const { client } = ctx.oidc
      const params: Readonly<Record<string, unknown>> = ctx.oidc.params ?? {}
      const subject = await provider.ClientCredentials.find(String(params['subject_token']))
      if (!subject || !client) {
        ctx.status = 400
        ctx.body = { error: 'invalid_grant', error_description: 'subject_token is unknown' }
        return
      }
      const token = new provider.ClientCredentials({ client, scope: String(params['scope'] ?? '') } as never)
      const issued = 'urn:ietf:params:oauth:token-type:access_token'
      ctx.body = { access_token: await token.save(), issued_token_type: issued, token_type: 'Bearer', expires_in: token.expiration }
    },
    parameters,
  )
}

/** RFC 7523 §2.1: the issuer `robot` signs with any of our keys, which `kid` names, for the account that is the subject. */
function registerJwtBearer(provider: Provider): void {
  const used = new Set<unknown>()
  const parameters = ['assertion', 'scope']
  provider.registerGrantType(
    jwtBearer,
    async (ctx) => {
      const { client } = ctx.oidc
      const params: Readonly<Record<string, unknown>> = ctx.oidc.params ?? {}
      const subject = readSubject(String(params['assertion']), provider.issuer, used)
      if (subject === undefined || !client) {
        ctx.status = 400
        ctx.body = { error: 'invalid_grant', error_description: 'assertion is not good' }
        return
      }
      const token = new provider.AccessToken({ client, accountId: subject, scope: String(params['scope'] ?? '') } as never)
      ctx.body = { access_token: await token.save(), token_type: 'Bearer', expires_in: token.expiration }
    },
    parameters,
  )
}

/** Who an assertion is for; nobody where it breaks a rule of RFC 7523 §3, or was used before. */
function readSubject(assertion: string, audience: string, used: Set<unknown>): string | undefined {
  try {
    const { kid } = JSON.parse(Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString()) as { kid: keyof typeof keyPairs }
    const { iss, sub, aud, exp, jti } = verifyJwt(assertion, keyPairs[kid].publicKey).claims
    const isGood = iss === 'robot' && aud === audience && Number(exp) > Date.now() / 1_000 && typeof sub === 'string'
    if (!isGood || used.has(jti)) return undefined
    used.add(jti)
    return sub
  } catch {
    return undefined
  }
}

/** A person with a browser, who follows redirects and answers forms until the server sends elsewhere, or has no more to ask. */
export async function visit(address: string | URL, choice: 'continue' | 'abort' = 'continue'): Promise<{ url: URL; text: string }> {
  const cookies = new Map<string, string>()
  let url = new URL(address)
  const { origin } = url
  let init: RequestInit = {}
  for (let step = 0; step < 15; step++) {
    if (url.origin !== origin) return { url, text: '' }
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } })
    for (const one of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? []
      cookies.set(name, value)
    }
    const text = await response.text()
    const location = response.headers.get('location')
    // Who has said no is asked for another code.
    const isDone = init.body instanceof URLSearchParams && init.body.has('abort')
    const form = isDone ? null : /<form[^>]*action="([^"]+)"[^>]*>(.*?)<\/form>/s.exec(text)
    if (!location && !form) return { url, text }
    url = new URL(location ?? form?.[1] ?? '', url)
    init = location ? {} : { method: 'POST', body: new URLSearchParams(fieldsOf(form?.[2] ?? '', choice)) }
  }
  throw new Error('The pages lead nowhere')
}

function fieldsOf(form: string, choice: 'continue' | 'abort'): Record<string, string> {
  const inputs = [...form.matchAll(/<input[^>]*>/g)].map(([input]) => [
    /name="([^"]+)"/.exec(input)?.[1] ?? '',
    /value="([^"]*)"/.exec(input)?.[1] ?? '',
  ])
  return { ...Object.fromEntries(inputs), ...(choice === 'abort' && { abort: 'yes' }) }
}
