import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, type ContextManager, context, ROOT_CONTEXT } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

/** One series of a metric, as it was exported. */
export interface Series {
  readonly name: string
  readonly unit: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** Of a counter its sum, of a histogram how many values it has. */
  readonly count: number
  /** Of a histogram the sum of its values. */
  readonly sum: number
}

/** OpenTelemetry's own SDK, which keeps what it exports in memory. */
export function createTelemetry() {
  const spans = new InMemorySpanExporter()
  const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: exported, exportIntervalMillis: 3_600_000 })
  const tracers = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] })
  const meters = new MeterProvider({ readers: [reader] })
  return {
    /** For `instrument`. */
    options: { tracer: tracers.getTracer('test'), meter: meters.getMeter('test') },
    tracers,
    meters,
    spans: (): ReadableSpan[] => spans.getFinishedSpans(),
    metrics: async (): Promise<Series[]> => {
      exported.reset()
      await meters.forceFlush()
      return exported
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics }) => metrics)
        .flatMap(({ descriptor: { name, unit }, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => {
            const { count = value as number, sum = value as number } = value as Partial<Histogram>
            return { name, unit, attributes, count, sum: sum as number }
          }),
        )
    },
    stop: async () => {
      await Promise.all([tracers.shutdown(), meters.shutdown()])
    },
  }
}

/** Contexts that follow asynchronous calls, as OpenTelemetry's SDK for Node.js has them. */
export function followContexts(): () => void {
  const storage = new AsyncLocalStorage<Context>()
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (inner, call, self, ...args) => storage.run(inner, () => call.apply(self as never, args)),
    bind: (_inner, target) => target,
    enable: () => manager,
    disable: () => manager,
  }
  context.setGlobalContextManager(manager)
  return () => context.disable()
}
