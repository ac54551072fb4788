// What every runtime has to do alike. Bundled from the package as it is published, and run on each of them.
import { discover, isTokenwellError, jwtBearer, oauth2, privateKeyJwt, type SigningKey, TokenManager, tokenExchange } from 'tokenwell'
import { createClient } from 'tokenwell/ky'
import { createTokenProxy } from 'tokenwell/proxy'
import { startDeviceSignIn } from 'tokenwell/sign-in'

export interface SmokeOptions {
  /** A world of the smoke server. */
  url: string
  /** Nobody listens there. */
  deadUrl: string
}

/** Runs the SDK through its paces. The same findings are expected everywhere. */
export async function smoke({ url, deadUrl }: SmokeOptions): Promise<Record<string, unknown>> {
  const profile = oauth2({ tokenUrl: `${url}/token`, apiUrl: `${url}/api/`, clientId: 'id', clientSecret: 'secret' })
  const tokens = new TokenManager(profile)
  const counts = async () => (await fetch(`${url}/counts`)).json()
  const findings: Record<string, unknown> = {}

  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await tokens.fetch(`${url}/api/a`)).status))
  findings.parallel = [...new Set(statuses)]
  findings.afterParallel = await counts()

  await fetch(`${url}/revoke`, { method: 'POST' })
  const replayed = await tokens.fetch(new Request(`${url}/api/b`, { method: 'POST', body: 'the body' }))
  findings.replayed = await replayed.json()
  findings.afterReplay = await counts()

  findings.client = await createClient(tokens).get('cities').json()

  const unreachable = new TokenManager({
    ...oauth2({ tokenUrl: `${deadUrl}/token`, apiUrl: deadUrl, clientId: 'id', clientSecret: 'secret' }),
    retry: { retries: 0 },
  })
  findings.refused = await describeRejection(unreachable.fetch(`${deadUrl}/api`))
  unreachable.dispose()

  findings.foreign = await describeRejection(tokens.fetch('https://other.example/'))

  const reason = { mine: true }
  const controller = new AbortController()
  const aborted = tokens.fetch(`${url}/api/slow?delay=5000`, { signal: controller.signal })
  setTimeout(() => controller.abort(reason), 50)
  findings.aborted = await aborted.then(
    () => 'answered',
    (thrown) => (thrown === reason ? 'the reason itself' : String(thrown)),
  )
  findings.proxied = await callThroughProxy(tokens, url)
  findings.signed = await signAndExchange(url)
  findings.device = await signInOnDevice(url)
  // Not disposed of: its timer must not keep the program alive.
  return findings
}

/** The proxy as a handler: what it sends on, replays, streams and refuses. */
async function callThroughProxy(tokens: TokenManager, url: string): Promise<unknown> {
  const routes = [{ path: '/cities/*', methods: ['GET', 'POST'] }]
  const handler = createTokenProxy({ tokens, upstream: `${url}/api`, routes, authorize: () => true, prefix: '/proxy', onError() {} })
  const ask = async (path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<unknown> => {
    const headers = { cookie: 'session', authorization: 'Bearer other', 'x-tokenwell': '1', ...init.headers }
    const response = await handler(new Request(`https://app.example${path}`, { ...init, headers }))
    const type = response.headers.get('content-type')
    const text = await response.text()
    const names = [...response.headers.keys()].filter((name) => name !== 'content-length')
    return [
      response.status,
      response.headers.get('x-tokenwell-error'),
      names,
      type === 'application/json' ? JSON.parse(text) : text.length > 0,
    ]
  }
  const get = await ask('/proxy/cities/1?a=b')
  await fetch(`${url}/revoke`, { method: 'POST' })
  const small = await ask('/proxy/cities/2', { method: 'POST', body: 'small', headers: { 'content-length': '5' } })
  await fetch(`${url}/revoke`, { method: 'POST' })
  const body = new Blob(['streamed ', 'body']).stream()
  const streamed = await ask('/proxy/cities/3', { method: 'POST', body, duplex: 'half' })
  const redirected = await ask('/proxy/cities/4?redirect=/api')
  const hostile = await ask('/proxy/cities/%2e%2e/token')
  const foreign = await ask('/proxy/cities/1', { headers: { 'x-tokenwell': '0' } })
  return { get, small, streamed, redirected, hostile, foreign }
}

// Each kind of key in the form that it often comes in. WebCrypto has another name for each.
const algorithms = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
}

/** Discovery, a client that signs with a key of this runtime, the exchange of its token, and a signed grant. */
async function signAndExchange(url: string): Promise<unknown> {
  const findings: Record<string, unknown> = {}
  for (const [algorithm, parameters] of Object.entries(algorithms)) {
    const isExtractable = algorithm !== 'ES256'
    const pair = (await crypto.subtle.generateKey(parameters, isExtractable, ['sign', 'verify'])) as CryptoKeyPair
    await fetch(`${url}/key`, { method: 'POST', body: JSON.stringify(await crypto.subtle.exportKey('jwk', pair.publicKey)) })
    const key = await exportKey(algorithm, pair.privateKey)
    const options = { issuer: url, apiUrl: `${url}/api`, clientId: 'signer', clientAuthentication: privateKeyJwt({ key }) }
    const signing = new TokenManager(await discover(options))
    const subjectToken = async () => (await signing.getToken()).accessToken
    const grant = tokenExchange({ subjectToken, subjectTokenType: 'access_token' })
    const exchanging = new TokenManager(await discover({ ...options, grant }))
    const asserting = new TokenManager(
      oauth2({ tokenUrl: `${url}/token`, apiUrl: `${url}/api`, clientId: 'signer', grant: jwtBearer({ key, issuer: 'signer' }) }),
    )
    const managers = [signing, exchanging, asserting]
    findings[algorithm] = await Promise.all(managers.map(async (tokens) => (await tokens.fetch(`${url}/api/signed`)).status))
  }
  return findings
}

/** A sign-in that a user completes elsewhere: shown, pending once, granted, and used. */
async function signInOnDevice(url: string): Promise<unknown> {
  const clientId = 'screen'
  const urls = { tokenUrl: `${url}/token`, deviceAuthorizationUrl: `${url}/device`, apiUrl: `${url}/api` }
  const { provider } = oauth2({ ...urls, clientId })
  const { userCode, verificationUri, grant } = await startDeviceSignIn({ provider, clientId })
  const tokens = new TokenManager({ provider, grant: await grant })
  const { status } = await tokens.fetch(`${url}/api/device`)
  return [userCode, verificationUri === `${url}/enter`, status]
}

async function exportKey(algorithm: string, key: CryptoKey): Promise<SigningKey> {
  if (algorithm === 'ES256') return key
  if (algorithm === 'EdDSA') return (await crypto.subtle.exportKey('jwk', key)) as SigningKey
  const der = new Uint8Array((await crypto.subtle.exportKey('pkcs8', key)) as ArrayBuffer)
  const text = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(''))
  return `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----`
}

async function describeRejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no rejection',
    (error: { name: string; code: string }) => [isTokenwellError(error), error.name, error.code],
  )
}
