import { onTestFinished } from 'vitest'
import type { TokenEvents } from '../../src/base/events.ts'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import type { TokenManagerOptions } from '../../src/manager/options.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'
import type { RecordedTokenRequest, ScriptedReply, ScriptedTokenServer } from '../../src/testing/scripted-token-server.ts'
import { createScriptedTokenServer } from '../../src/testing/with-msw.ts'
import type { Grant } from '../../src/vocabulary/grant.ts'
import type { Provider } from '../../src/vocabulary/provider.ts'
import { eventNames } from './event-names.ts'
import { apiUrl, testProvider, tokenUrl } from './test-provider.ts'

/** An API call as it arrived. */
export interface ApiCall {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  /** What follows the scheme of the `Authorization` header. */
  readonly token: string | undefined
  readonly body: Uint8Array
  /** What the manager handed to `fetch`. */
  readonly input: RequestInfo | URL
  readonly init: RequestInit | undefined
}

export type ApiAnswer = (call: ApiCall) => Response | Promise<Response>

export interface ServiceOptions {
  /** Replies of the token endpoint, in order; after them `token-1`, `token-2`, … that live an hour. */
  replies?: readonly ScriptedReply[]
  otherwise?: ScriptedReply
  /** @default 200 with the token's text */
  api?: ApiAnswer
  provider?: Partial<Provider>
  grant?: Grant
  manager?: Partial<TokenManagerOptions>
  clock?: FakeClock
}

export interface Service {
  readonly tokens: TokenManager
  readonly server: ScriptedTokenServer
  readonly tokenRequests: readonly RecordedTokenRequest[]
  readonly apiCalls: readonly ApiCall[]
  readonly events: readonly RecordedEvent[]
  readonly clock: FakeClock
  /** The fetch of both endpoints, for a second manager. */
  readonly fetch: typeof globalThis.fetch
}

export type RecordedEvent = { [K in keyof TokenEvents]: { type: K } & TokenEvents[K] }[keyof TokenEvents]

/** A token manager over a token endpoint and an API that exist in this process only. Its clock stands still. */
export function createService(options: ServiceOptions = {}): Service {
  const { replies = [], otherwise, clock = createFakeClock(), api = ({ token }) => new Response(token) } = options
  const server = createScriptedTokenServer({ tokenUrl, replies, ...(otherwise && { otherwise }) })
  const apiCalls: ApiCall[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    if (url.split('?')[0] === tokenUrl) return server.fetch(input, init)
    const request = new Request(input, init)
    request.signal.throwIfAborted()
    const call = await recordCall(request, input, init)
    apiCalls.push(call)
    // The caller's own signal: that of a `Request` made here may be collected as garbage.
    return abortable(Promise.resolve(api(call)), init?.signal ?? (input instanceof Request ? input.signal : undefined))
  }
  const tokens = new TokenManager({
    provider: testProvider(options.provider),
    grant: options.grant ?? clientCredentials({ clientId: 'client', clientSecret: 'client-secret' }),
    renewal: { scheduled: false },
    fetch,
    now: clock.now,
    ...options.manager,
  })
  onTestFinished(() => tokens.dispose())
  return { tokens, server, tokenRequests: server.requests, apiCalls, events: recordEvents(tokens), clock, fetch }
}

/** Records all events of a manager, in order. */
export function recordEvents(tokens: TokenManager): RecordedEvent[] {
  const events: RecordedEvent[] = []
  for (const type of eventNames) tokens.on(type, (event) => void events.push({ type, ...event } as RecordedEvent))
  return events
}

/** How many of the events are of this type. */
export function countEvents(events: readonly RecordedEvent[], type: keyof TokenEvents): number {
  return events.filter((event) => event.type === type).length
}

/** An answer of the API: 401 for tokens that are not valid (any more), else 200 with the token's text. */
export function rejecting(isRejected: (token: string | undefined) => boolean): ApiAnswer {
  return ({ token }) => (isRejected(token) ? new Response('no', { status: 401 }) : new Response(token))
}

/** Lets all that can go on without time passing go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A promise with its resolve function, for answers that a test gives when it likes. */
export function createGate<T = void>(): { promise: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {}
  const promise = new Promise<T>((resolve) => {
    open = resolve
  })
  return { promise, open }
}

/** What a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  const value = await promise.then(
    (fulfilled) => ({ fulfilled }),
    (rejected: unknown) => ({ rejected }),
  )
  if ('fulfilled' in value) throw new Error(`It was fulfilled with ${String(value.fulfilled)}`)
  return value.rejected
}

async function recordCall(request: Request, input: RequestInfo | URL, init: RequestInit | undefined): Promise<ApiCall> {
  return {
    url: request.url,
    method: request.method,
    headers: new Headers(request.headers),
    token: /^\S+ (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1],
    body: new Uint8Array(await request.arrayBuffer()),
    input,
    init,
  }
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject)
  })
}

export { apiUrl }
