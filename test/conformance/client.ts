// A client of the Model Context Protocol, as far as its authorization goes: what the scenarios of @modelcontextprotocol/conformance
// drive. They give the server's URL as the last argument, and what an administrator would have set up in the environment.
import { authorizationCode, clientCredentials, customGrant, type DiscoverOptions, discover, type Grant, oauth2, privateKeyJwt, SignInRequiredError, TokenManager, tokenExchange } from 'tokenwell' // biome-ignore format: one line
import { completeSignIn, createAuthorizationUrl } from 'tokenwell/sign-in'

type Preset = Awaited<ReturnType<typeof discover>>
interface Client {
  readonly clientId: string
  readonly clientSecret?: string
}

const server = process.argv.at(-1) as string
const { MCP_CONFORMANCE_SCENARIO: scenario = '', MCP_CONFORMANCE_CONTEXT = '{}' } = process.env
const context = JSON.parse(MCP_CONFORMANCE_CONTEXT) as Record<string, string>
const redirectUri = 'http://127.0.0.1:3333/callback'

// More rights, or another authorization server, are asked for once, and not without an end.
const missing = await connect(undefined).catch((error: unknown) => {
  if (error instanceof SignInRequiredError) return ''
  throw error
})
if (missing !== undefined) await connect(missing || undefined)

/** Signs in, and calls the server. Returns the scopes that it asks for beside. */
async function connect(more: string | undefined): Promise<string | undefined> {
  const challenge = (await call(fetch, 'tools/list')).headers.get('WWW-Authenticate') ?? ''
  const read = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1]
  const found = { resource: server, resourceMetadataUrl: read('resource_metadata'), scope: more ?? read('scope') }
  // Who may get a secret is for an administrator to say. Here, the resource's word has to do.
  const { issuer = '', tokenUrl } = (await discover({ ...found, clientId: 'unregistered' })).provider
  const { provider, grant } = await prepare({ ...found, issuer, ...(await chooseClient(tokenUrl)) })
  const tokens = new TokenManager({ provider, grant, renewal: { scheduled: false } })
  let asked: string | undefined
  tokens.on('warning', ({ scope }) => (asked = scope))
  for (const method of ['initialize', 'tools/list', 'tools/call']) await (await call(tokens.fetch, method)).text()
  return asked
}

async function prepare(options: DiscoverOptions & Client & { issuer: string }): Promise<Preset> {
  const { clientId, clientSecret, issuer } = options
  const client = { clientId, ...(clientSecret && { clientSecret }) }
  const { private_key_pem: key, idp_token_endpoint: idp, valid_jwt: workload } = context
  if (key) return discover({ ...options, clientAuthentication: privateKeyJwt({ key }) })
  if (idp) return discover({ ...options, grant: assertionGrant(client, exchangeIdToken(idp, issuer)) })
  if (workload) return discover({ ...options, grant: assertionGrant(client, async () => workload) })
  if (scenario.includes('client-credentials')) return discover({ ...options, grant: clientCredentials(client) })
  const preset = await discover({ ...options, grant: authorizationCode(client) })
  return { ...preset, grant: await signIn(preset, client) }
}

/** Signs in as a browser would, whose user says yes. */
async function signIn({ provider, grant: { scope } }: Preset, client: Client): Promise<Grant> {
  const kept = new Map<string, string>()
  const storage = { getItem: (key: string) => kept.get(key), setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) } // biome-ignore format: one line
  const parameters = { resource: String(provider.tokenRequest?.extraParameters?.['resource']) }
  const { clientId } = client
  const url = await createAuthorizationUrl({ provider, clientId, redirectUri, storage, scope, parameters })
  const response = await fetch(url, { redirect: 'manual' })
  return (await completeSignIn({ provider, ...client, redirectUri, storage, url: response.headers.get('Location') ?? '' })).grant
}

/** An assertion that somebody else has signed, for a token (RFC 7523 §2.1). */
function assertionGrant(client: Client, assertion: () => Promise<string>): Grant {
  return customGrant({ grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer', parameters: { assertion }, ...client })
}

/** The company's identity provider gives an assertion for the ID token of the user (RFC 8693). */
function exchangeIdToken(idp: string, audience: string): () => Promise<string> {
  const { idp_id_token: subjectToken = '', idp_client_id: clientId = '' } = context
  const requestedTokenType = 'urn:ietf:params:oauth:token-type:id-jag'
  const grant = tokenExchange({ subjectToken, subjectTokenType: 'id_token', requestedTokenType, audience, resource: server })
  const tokens = new TokenManager(oauth2({ tokenUrl: idp, apiUrl: idp, clientId, grant }))
  return async () => (await tokens.getToken()).accessToken
}

/** The client that the scenario has set up, or one that registers itself: with `fetch`, since tokenwell has no part in that. */
async function chooseClient(tokenUrl: string): Promise<Client> {
  if (scenario === 'auth/basic-cimd') return { clientId: 'https://conformance-test.local/client-metadata.json' }
  if (context['client_id']) return toClient(context)
  const grants = { grant_types: ['authorization_code', 'refresh_token'], application_type: 'native' }
  const body = JSON.stringify({ client_name: 'tokenwell', redirect_uris: [redirectUri], ...grants })
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }
  const registered = (await (await fetch(tokenUrl.replace(/token$/, 'register'), init)).json()) as Record<string, string>
  // A public client, unless the reply says how it is to use its secret.
  return toClient(registered['token_endpoint_auth_method'] ? registered : { ...registered, client_secret: '' })
}

function toClient({ client_id: clientId = '', client_secret: clientSecret }: Record<string, string>): Client {
  return { clientId, ...(clientSecret && { clientSecret }) }
}

function call(send: typeof fetch, method: string): Promise<Response> {
  const clientInfo = { name: 'tokenwell', version: '0' }
  const params = method === 'tools/call' ? { name: 'test-tool' } : { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' }
  return send(server, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
}
