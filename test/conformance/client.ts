// A client of the Model Context Protocol, as far as its authorization goes: what the scenarios of @modelcontextprotocol/conformance
// drive. They give the server's URL as the last argument, and what an administrator would have set up in the environment.
import { authorizationCode, clientCredentials, customGrant, discover, type Grant, oauth2, privateKeyJwt, TokenManager, tokenExchange } from 'tokenwell' // biome-ignore format: one line
import { completeSignIn, createAuthorizationUrl } from 'tokenwell/sign-in'

type Preset = Awaited<ReturnType<typeof discover>>

const resource = process.argv.at(-1) as string
const { MCP_CONFORMANCE_SCENARIO: scenario = '', MCP_CONFORMANCE_CONTEXT = '{}' } = process.env
const context = JSON.parse(MCP_CONFORMANCE_CONTEXT) as Record<string, string>
const redirectUri = 'http://127.0.0.1:3333/callback'

const challenge = (await call(fetch, 'tools/list')).headers.get('WWW-Authenticate') ?? ''
const read = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1]
const where = { resource, resourceMetadataUrl: read('resource_metadata'), scope: read('scope') }
// Who may get a secret is for an administrator to say. Here, the resource's word has to do.
const { issuer, tokenUrl } = (await discover({ ...where, clientId: 'unregistered' })).provider
const client = await chooseClient()

for (let scope: string | undefined; ; ) {
  const { provider, grant } = await prepare({ ...where, ...client, issuer, scope: scope ?? where.scope })
  const tokens = new TokenManager({ provider, grant, renewal: { scheduled: false } })
  let missing: string | undefined
  tokens.on('warning', (warning) => (missing = warning.scope))
  for (const method of ['initialize', 'tools/list', 'tools/call']) await (await call(tokens.fetch, method)).text()
  // More rights are asked for once, and not without an end.
  if (missing === undefined || scope !== undefined) break
  scope = missing
}

async function prepare(options: Parameters<typeof discover>[0]): Promise<Preset> {
  const { private_key_pem: key, idp_token_endpoint: idp } = context
  if (key) return discover({ ...options, clientAuthentication: privateKeyJwt({ key }) })
  if (idp) return discover({ ...options, grant: exchangeIdToken(idp) })
  if (scenario.includes('client-credentials')) return discover({ ...options, grant: clientCredentials(client) })
  const preset = await discover({ ...options, grant: authorizationCode(client) })
  return { ...preset, grant: await signIn(preset) }
}

/** Signs in as a browser would, whose user says yes. */
async function signIn({ provider, grant }: Preset): Promise<Grant> {
  const kept = new Map<string, string>()
  const storage = { getItem: (key: string) => kept.get(key), setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) } // biome-ignore format: one line
  const { clientId } = client
  const url = await createAuthorizationUrl({ provider, clientId, redirectUri, storage, scope: grant.scope, parameters: { resource } })
  const response = await fetch(url, { redirect: 'manual' })
  return (await completeSignIn({ provider, ...client, redirectUri, storage, url: response.headers.get('Location') ?? '' })).grant
}

/** An assertion of the company's identity provider, for a token of the resource's own server (RFC 8693, then RFC 7523). */
function exchangeIdToken(idp: string): Grant {
  const { idp_id_token: subjectToken = '', idp_client_id: clientId = '' } = context
  const requestedTokenType = 'urn:ietf:params:oauth:token-type:id-jag'
  const grant = tokenExchange({ subjectToken, subjectTokenType: 'id_token', requestedTokenType, audience: issuer, resource })
  const tokens = new TokenManager(oauth2({ tokenUrl: idp, apiUrl: idp, clientId, grant }))
  const parameters = { assertion: async () => (await tokens.getToken()).accessToken }
  return customGrant({ grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer', parameters, ...client })
}

/** The client that the scenario has set up, or one that registers itself: with `fetch`, since tokenwell has no part in that. */
async function chooseClient(): Promise<{ clientId: string; clientSecret?: string }> {
  if (scenario === 'auth/basic-cimd') return { clientId: 'https://conformance-test.local/client-metadata.json' }
  const body = JSON.stringify({
    client_name: 'tokenwell',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
  })
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }
  if (context['client_id']) return toClient(context)
  const registered = (await (await fetch(tokenUrl.replace(/token$/, 'register'), init)).json()) as Record<string, string>
  // A public client, unless the reply says how it is to use its secret.
  return toClient(registered['token_endpoint_auth_method'] ? registered : { ...registered, client_secret: '' })
}

function toClient({ client_id: clientId = '', client_secret: clientSecret }: Record<string, string>) {
  return { clientId, ...(clientSecret && { clientSecret }) }
}

function call(send: typeof fetch, method: string): Promise<Response> {
  const clientInfo = { name: 'tokenwell', version: '0' }
  const params = method === 'tools/call' ? { name: 'test-tool' } : { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' }
  return send(resource, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
}
