import type { Route } from '../route.ts'
import type { SeededRandom } from '../seeded-random.ts'
import { sleep } from '../sleep.ts'
import { answerWithFault, type Faults, type FaultyEndpoint } from './faults.ts'
import type { TokenLedger } from './token-ledger.ts'

/** Whether an emulated server keeps to its vendor's document, or behaves as the real server was seen to. */
export type Flavour = 'documented' | 'real'

/** Which of CAM2's servers the flavour `real` is: those until July 2017 read forms and JSON, later ones JSON alone. */
export type Cam2Era = 'form' | 'json'

/** What an emulated system was asked so far. */
export interface SystemCounters {
  /** Requests to the token endpoint, with refreshes, and with those that a fault struck. */
  tokenRequests: number
  /** Token requests by grant type; renewals count as `refresh_token`. Those that a fault struck unread are not in it. */
  byGrant: Record<string, number>
  /** Token requests that presented a refresh token (CAM2: an access token). */
  refreshes: number
  /** Token requests that were answered with an error. */
  refusedTokenRequests: number
  apiCalls: number
  /** API calls whose token was refused. */
  rejectedCalls: number
  /** Requests that a fault struck. */
  faults: number
}

/** Durations that may be changed while the emulation runs, ms. */
export interface EmulatedTimes {
  lifetimeMs: number
  refreshLifetimeMs: number
  latencyMs: number
  tokenLatencyMs: number
}

/** One of the systems: what is its own. `Credentials` are its entries in the credentials of an emulation. */
export interface SystemDefinition<Name extends string, Credentials> {
  readonly name: Name
  /** The API's own address, or the one of its document. */
  readonly baseUrl: string
  /** How long tokens live at the API, ms. */
  readonly lifetimeMs: number
  readonly refreshLifetimeMs: number
  /** Made up; nothing outside of an emulation accepts them. */
  createCredentials(): Credentials
  createRoutes(system: EmulatedSystem<Credentials>): Route[]
}

/** What the routes of one emulated system stand on. */
export interface EmulatedSystem<Credentials> {
  readonly flavour: Flavour
  readonly cam2Era: Cam2Era
  /** What a used refresh token does that is presented again. */
  readonly reuse: 'refuse' | 'revoke-family'
  readonly credentials: Credentials
  readonly random: SeededRandom
  readonly ledger: TokenLedger
  readonly times: Readonly<EmulatedTimes>
  /** ms since the epoch. */
  now(): number
  /** An address under the system's base URL. */
  url(path: string): string
  /** Resolves requests for tokens. `headers` go with each response. @default RFC 6749 §5.1: it must not be cached */
  tokenEndpoint(answer: TokenAnswer, headers?: Readonly<Record<string, string>>): Resolve
  /** Calls it when the emulation forgets what it has issued. */
  onReset(forget: () => void): void
  /** Resolves API calls. `authorize` returns the response that rejects the call's token, if it does. */
  apiEndpoint(authorize: (request: Request) => Response | undefined, answer: ApiAnswer): Resolve
}

/** What a route answers with. */
export type Resolve = (info: { request: Request; params: Readonly<Record<string, unknown>> }) => Promise<Response>

/** Answers a request for a token. */
export type TokenAnswer = (call: {
  request: Request
  /** Tells the counters which grant was used. */
  asked: (grantType: string) => void
  /** The ledger's tick when the request came. */
  arrivedAt: number
}) => Response | Promise<Response>

/** Answers an API call whose token is good. */
export type ApiAnswer = (call: { request: Request; url: URL; params: Readonly<Record<string, unknown>> }) => Response | Promise<Response>

export interface EmulatedSystemOptions<Credentials> extends Omit<EmulatedSystem<Credentials>, 'url' | 'tokenEndpoint' | 'apiEndpoint'> {
  name: string
  /** Without a slash at its end. */
  baseUrl: string
  counters: SystemCounters
  faults: Faults
}

const noStore = { 'cache-control': 'no-store' }

/** Makes the ground of one emulated system: counting, latency and faults are the same for all of them. */
export function createEmulatedSystem<Credentials>(options: EmulatedSystemOptions<Credentials>): EmulatedSystem<Credentials> {
  const { name, baseUrl, counters, faults, ...ground } = options
  const { ledger, times, now } = ground

  const serve = async (endpoint: FaultyEndpoint, request: Request, carryOut: () => Promise<Response>): Promise<Response> => {
    const latencyMs = endpoint === 'token' ? times.tokenLatencyMs : times.latencyMs
    if (latencyMs > 0) await sleep(latencyMs, request.signal)
    const fault = faults.take(name, endpoint)
    if (fault) counters.faults++
    const response = fault ? await answerWithFault(fault, request.signal, carryOut) : await carryOut()
    // The emulation's clock may differ from the machine's: clients correct absolute times by this header.
    if (response.type !== 'error') response.headers.set('date', new Date(now()).toUTCString())
    return response
  }

  return {
    ...ground,
    url: (path) => `${baseUrl}${path}`,

    tokenEndpoint:
      (answer, headers = noStore) =>
      ({ request }) => {
        const arrivedAt = ledger.tick()
        counters.tokenRequests++
        const asked = (grantType: string): void => {
          counters.byGrant[grantType] = (counters.byGrant[grantType] ?? 0) + 1
          if (grantType === 'refresh_token') counters.refreshes++
        }
        return serve('token', request, async () => {
          const response = await answer({ request, asked, arrivedAt })
          if (!response.ok) counters.refusedTokenRequests++
          for (const [header, value] of Object.entries(headers)) response.headers.set(header, value)
          return response
        })
      },

    apiEndpoint:
      (authorize, answer) =>
      ({ request, params }) => {
        counters.apiCalls++
        return serve('api', request, async () => {
          const rejection = authorize(request)
          if (rejection) counters.rejectedCalls++
          return rejection ?? answer({ request, url: new URL(request.url), params })
        })
      },
  }
}

/** Counters at zero. */
export function createSystemCounters(): SystemCounters {
  return { tokenRequests: 0, byGrant: {}, refreshes: 0, refusedTokenRequests: 0, apiCalls: 0, rejectedCalls: 0, faults: 0 }
}
