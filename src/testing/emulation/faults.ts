import { sleep } from '../sleep.ts'

/** Where a fault strikes: the token endpoint (with the refresh endpoint), or the API behind it. */
export type FaultyEndpoint = 'token' | 'api'

/** What goes wrong. */
export type Fault =
  | {
      /** Answers with this status instead of doing anything. */
      status: number
      /** The `Retry-After` header: seconds, or an HTTP date. */
      retryAfter?: number | string
      /** @default '' */
      body?: string
      headers?: Readonly<Record<string, string>>
    }
  | {
      /**
       * `network`: the connection is cut before anything is done. `lost`: the request is carried out, and the
       * connection cut before the reply. `cut`: carried out, and cut in the middle of the reply's body. `hang`: there
       * is never an answer. `garbage`: 200 with a truncated JSON body.
       */
      kind: 'network' | 'lost' | 'cut' | 'hang' | 'garbage'
    }

/** A fault, where it strikes, and how often. Without `count` and `forMs` it lasts until it is cleared. */
export type FaultRule<System extends string = string> = Fault & {
  /** @default every system */
  system?: System
  /** @default 'token' */
  endpoint?: FaultyEndpoint
  /** How many requests it strikes. */
  count?: number
  /** For how long it strikes, ms. */
  forMs?: number
}

/** The faults that are set now. */
export interface Faults<System extends string = string> {
  /** Sets one, and returns the function that ends it. */
  add(rule: FaultRule<System>): () => void
  /** The fault that strikes a request, if any; counts it. */
  take(system: System, endpoint: FaultyEndpoint): Fault | undefined
  clear(): void
}

/** Makes an empty list of faults. Of several that fit, the one that was set first strikes. */
export function createFaults<System extends string = string>(now: () => number): Faults<System> {
  interface ActiveFault {
    readonly rule: FaultRule<System>
    readonly until: number
    left: number
  }
  let active: ActiveFault[] = []

  return {
    add(rule) {
      const fault = {
        rule: { ...rule },
        until: now() + (rule.forMs ?? Number.POSITIVE_INFINITY),
        left: rule.count ?? Number.POSITIVE_INFINITY,
      }
      active.push(fault)
      return () => {
        active = active.filter((other) => other !== fault)
      }
    },

    take(system, endpoint) {
      active = active.filter((fault) => fault.left > 0 && now() < fault.until)
      const fault = active.find(({ rule }) => (rule.system ?? system) === system && (rule.endpoint ?? 'token') === endpoint)
      if (fault) fault.left--
      return fault?.rule
    },

    clear() {
      active = []
    },
  }
}

/** Answers as the fault wants it; `carryOut` does what the request asked for. A network error is `Response.error()`. */
export async function answerWithFault(fault: Fault, signal: AbortSignal, carryOut: () => Promise<Response>): Promise<Response> {
  if ('status' in fault) {
    const headers = new Headers(fault.headers)
    if (fault.retryAfter !== undefined) headers.set('retry-after', String(fault.retryAfter))
    return new Response(fault.body || null, { status: fault.status, headers })
  }
  switch (fault.kind) {
    case 'network':
      return Response.error()
    case 'lost':
      await carryOut()
      return Response.error()
    case 'cut':
      return cutInHalf(await carryOut())
    case 'garbage':
      return new Response('{"access_token": "eyJ0eXA', { headers: { 'content-type': 'application/json' } })
    case 'hang':
      await sleep(Number.POSITIVE_INFINITY, signal)
      return Response.error()
  }
}

async function cutInHalf(response: Response): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  let sent = false
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) return controller.error(new TypeError('connection cut'))
      sent = true
      controller.enqueue(bytes.slice(0, Math.ceil(bytes.length / 2)))
    },
  })
  return new Response(body, { status: response.status, headers: response.headers })
}
