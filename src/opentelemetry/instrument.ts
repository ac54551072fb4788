import { type Meter, metrics, type Tracer, trace } from '@opentelemetry/api'
import { check, must, readFields } from '../base/check.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import { stopAll } from './attributes.ts'
import { countServed } from './count-served.ts'
import { recordMetrics } from './record-metrics.ts'
import { recordSpans } from './record-spans.ts'

/** Options of `instrument()`. */
export interface InstrumentOptions {
  /** @default `trace.getTracer('tokenwell')`, of the provider that is registered globally */
  tracer?: Tracer | undefined
  /** @default `metrics.getMeter('tokenwell')`, of the provider that is registered globally when something is recorded */
  meter?: Meter | undefined
}

/**
 * Records what a manager does as spans and metrics of OpenTelemetry: token requests, waits for a token or a lock, rejections, and
 * calls that are sent again. Their attributes name the provider, the kind of grant, hosts and error codes: no token, no secret, no
 * client, no user, no path. Returns the function that stops it.
 *
 * To count the tokens that are served from memory, it puts counting functions in the place of the manager's `fetch`, `getToken` and
 * `getAuthorization`. Instrument a manager before you hand its methods to others; what was handed out before is not counted.
 *
 * A span is a child of what was active where the call was made, as far as the registered context manager knows.
 * @throws ConfigurationError naming the option
 */
export function instrument(manager: TokenManager, options: InstrumentOptions = {}): () => void {
  check('manager', typeof manager?.explain === 'function', 'must be a TokenManager: instrument(new TokenManager(…))')
  const { tracer = trace.getTracer('tokenwell'), meter } = readFields<InstrumentOptions>('options', options, {
    tracer: must('a Tracer of @opentelemetry/api', (value) => typeof (value as Partial<Tracer> | null)?.startSpan === 'function'),
    meter: must('a Meter of @opentelemetry/api', (value) => typeof (value as Partial<Meter> | null)?.createCounter === 'function'),
  })
  const own = meter && { getMeter: () => meter }
  // A meter that was got before an SDK is registered records nothing ever after. A tracer finds the SDK by itself.
  const recorded = recordMetrics(manager, () => own ?? metrics.getMeterProvider())
  return stopAll([recorded.stop, countServed(manager, recorded.onServed), recordSpans(manager, tracer)])
}
