import type { HttpResponseResolver } from 'msw'
import type { SeededRandom } from '../seeded-random.ts'
import { sleep } from '../sleep.ts'
import { answerWithFault, type Faults, type FaultyEndpoint } from './faults.ts'
import type { TokenLedger } from './token-ledger.ts'

/** The four systems. */
export type SystemName = 'cam2' | 'camdram' | 'dive' | 'musement'

/** Whether an emulated server keeps to its vendor's document, or behaves as the real server was seen to. */
export type Flavour = 'documented' | 'real'

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

/** What the routes of one emulated system stand on. */
export interface EmulatedSystem<Credentials> {
  readonly flavour: Flavour
  readonly credentials: Credentials
  readonly random: SeededRandom
  readonly ledger: TokenLedger
  readonly times: Readonly<EmulatedTimes>
  /** ms since the epoch. */
  now(): number
  /** An address under the system's base URL. */
  url(path: string): string
  /** Resolves requests for tokens. `asked` tells the counters which grant was used. */
  tokenEndpoint(answer: (request: Request, asked: (grantType: string) => void) => Response | Promise<Response>): HttpResponseResolver
  /** Resolves API calls. `authorize` returns the response that rejects the call's token, if it does. */
  apiEndpoint(authorize: (request: Request) => Response | undefined, answer: ApiAnswer): HttpResponseResolver
}

/** Answers an API call whose token is good. */
export type ApiAnswer = (call: { request: Request; url: URL; params: Readonly<Record<string, unknown>> }) => Response | Promise<Response>

export interface EmulatedSystemOptions<Credentials> {
  name: SystemName
  flavour: Flavour
  /** Without a slash at its end. */
  baseUrl: string
  credentials: Credentials
  random: SeededRandom
  ledger: TokenLedger
  times: EmulatedTimes
  counters: SystemCounters
  faults: Faults<SystemName>
  now: () => number
}

/** Makes the ground of one emulated system: counting, latency and faults are the same for all of them. */
export function createEmulatedSystem<Credentials>(options: EmulatedSystemOptions<Credentials>): EmulatedSystem<Credentials> {
  const { name, flavour, baseUrl, credentials, random, ledger, times, counters, faults, now } = options

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
    flavour,
    credentials,
    random,
    ledger,
    times,
    now,
    url: (path) => `${baseUrl}${path}`,

    tokenEndpoint:
      (answer) =>
      ({ request }) => {
        counters.tokenRequests++
        const asked = (grantType: string): void => {
          counters.byGrant[grantType] = (counters.byGrant[grantType] ?? 0) + 1
          if (grantType === 'refresh_token') counters.refreshes++
        }
        return serve('token', request, async () => {
          const response = await answer(request, asked)
          if (!response.ok) counters.refusedTokenRequests++
          // RFC 6749 §5.1: a response with a token must not be cached.
          response.headers.set('cache-control', 'no-store')
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
