// What every runtime has to do alike. Bundled from the package as it is published, and run on each of them.
import { isTokenwellError, oauth2, TokenManager } from 'tokenwell'
import { createClient } from 'tokenwell/ky'
import { createTokenProxy } from 'tokenwell/proxy'

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

async function describeRejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no rejection',
    (error: { name: string; code: string }) => [isTokenwellError(error), error.name, error.code],
  )
}
