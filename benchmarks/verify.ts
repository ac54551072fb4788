import { apiUrl, credentials, TokenServer, tokenUrl } from './servers/token-server.ts'
import type { Subject } from './subject.ts'

/** That a subject authenticates, asks once for all calls, and carries method, body and headers: before any of it is timed. */
export async function verifySubject(subject: Subject, isFloor: boolean): Promise<void> {
  const server = new TokenServer()
  const contentTypes: (string | null)[] = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    const request = new Request(input as RequestInfo, init)
    if (request.url !== tokenUrl) contentTypes.push(request.headers.get('content-type'))
    return server.fetch(request)
  }
  const session = subject.create({ tokenUrl, apiUrl, ...credentials, fetch })
  const url = `${apiUrl}things`
  const body = JSON.stringify({ name: 'thing' })
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  try {
    expectEqual('GET', await readBody(await session.call(url)), { method: 'GET', body: '' })
    expectEqual('POST', await readBody(await session.call(url, init)), { method: 'POST', body })
    if (subject.takesRequests) {
      expectEqual('GET by Request', await readBody(await session.call(new Request(url))), { method: 'GET', body: '' })
      expectEqual('POST by Request', await readBody(await session.call(new Request(url, init))), { method: 'POST', body })
    }
    const json = 'application/json'
    expectEqual('content types', contentTypes, subject.takesRequests ? [null, json, null, json] : [null, json])
    expectEqual('token requests', server.tokenRequests, isFloor ? 0 : 1)
    expectEqual('rejected calls', server.rejected, 0)
  } finally {
    session.dispose?.()
  }
}

/** google-auth-library has read the body by then, and keeps it in `data`. */
async function readBody(response: Response): Promise<unknown> {
  return response.bodyUsed ? (response as Response & { data: unknown }).data : response.json()
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== e) throw new Error(`${what}: expected ${e}, got ${a}`)
}
