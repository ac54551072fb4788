import type { Attributes, Meter, MeterProvider } from '@opentelemetry/api'
import type { TokenEvents } from '../base/events.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import { describeError, describeFailure, describeManager, stopAll } from './attributes.ts'

/** Where a token that is served comes from: it was held, another context had stored it, or it was asked for. */
export type Source = 'memory' | 'store' | 'endpoint'

/** A token was served, with so much time left; `undefined` where it never expires. */
export type OnServed = (source: Source, leftMs: number | undefined) => void

// Those of HTTP's conventions: a lock is waited for, and a token asked for, in such times.
const explicitBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const lifetimeBoundaries = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 86_400]

/** Counts and measures what a manager tells by its events, with the meter of the provider that is there at that time. */
export function recordMetrics(
  manager: TokenManager,
  findProvider: () => MeterProvider,
): { readonly onServed: OnServed; readonly stop: () => void } {
  const own = describeManager(manager)
  const findInstruments = followProvider(findProvider)
  const onServed: OnServed = (source, leftMs) => {
    const attributes = { ...own, 'tokenwell.token.source': source }
    const { served, left } = findInstruments()
    served.add(1, attributes)
    if (leftMs !== undefined) left.record(Math.max(leftMs, 0) / 1000, attributes)
  }
  let source: Source = 'endpoint'
  let expiresAt: number | undefined
  const onHeld = (from: Source) => (event: TokenEvents['acquired']) => {
    source = from
    expiresAt = event.expiresAt
  }
  const count = (name: 'rejections' | 'replays', status: number) =>
    findInstruments()[name].add(1, { ...own, 'http.response.status_code': status })
  const stop = stopAll([
    manager.on('acquired', onHeld('endpoint')),
    manager.on('renewed', onHeld('endpoint')),
    manager.on('adopted', onHeld('store')),
    manager.on('adopted', () => findInstruments().adoptions.add(1, own)),
    manager.on('rejected', ({ status }) => count('rejections', status)),
    manager.on('replayed', ({ status }) => count('replays', status)),
    manager.on('failed', (failure) =>
      findInstruments().failures.add(1, { ...own, ...describeError(failure), 'tokenwell.waiting': failure.waiting }),
    ),
    manager.on('timed', ({ step, at, startedAt, grant, failure }) => {
      const attributes: Attributes = { ...own, ...(grant !== undefined && { 'tokenwell.grant': grant }), ...describeFailure(failure) }
      findInstruments()[step].record(Math.max(at - startedAt, 0) / 1000, attributes)
      if (step === 'wait' && failure === undefined) onServed(source, expiresAt === undefined ? undefined : expiresAt - at)
    }),
  ])
  return { onServed, stop }
}

/** Makes instruments once for each provider. */
function followProvider(findProvider: () => MeterProvider): () => Instruments {
  let provider: MeterProvider | undefined
  let instruments: Instruments | undefined
  return () => {
    const latest = findProvider()
    if (!instruments || latest !== provider) instruments = createInstruments(latest.getMeter('tokenwell'))
    provider = latest
    return instruments
  }
}

type Instruments = ReturnType<typeof createInstruments>

function createInstruments(meter: Meter) {
  const inSeconds = (description: string, boundaries = explicitBucketBoundaries) => ({
    description,
    unit: 's',
    advice: { explicitBucketBoundaries: boundaries },
  })
  const histogram = (name: string, description: string) => meter.createHistogram(`tokenwell.${name}.duration`, inSeconds(description))
  const counter = (name: string, unit: string, description: string) => meter.createCounter(`tokenwell.${name}`, { unit, description })
  return {
    served: counter('tokens.served', '{token}', 'Tokens that callers and calls got'),
    left: meter.createHistogram(
      'tokenwell.token.time_left',
      inSeconds('Time until a token expires, when it is served', lifetimeBoundaries),
    ),
    request: histogram('token_request', 'Attempts at the token endpoint'),
    wait: histogram('token_wait', 'Waits of callers for a token'),
    lock: histogram('lock_wait', 'Waits for the lock of the store'),
    adoptions: counter('adoptions', '{token}', 'Tokens of other contexts that were taken from the store'),
    failures: counter('renewal_failures', '{failure}', 'Renewals that failed or were postponed'),
    rejections: counter('rejections', '{response}', 'Responses of the API that rejected a token'),
    replays: counter('replays', '{call}', 'Calls that were sent again with a newer token'),
  }
}
