import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { inspect } from 'node:util'

/** The part of a canary secret that no encoding but base64 changes. */
const core = 'Zx9CanaryQw7Vt3'

/** A secret with characters that encodings change. Headers can carry it only in base64. */
export const canarySecret = `+/&="%é ${core} \\"<>>>???`
/** A secret that can be sent as a token. */
export const canaryToken = `a.${core}/+~=`
/** What a server may be told in a URL. */
export const canaryText = core

/** Whether a text holds a canary, as it is, percent-encoded, in JSON, or in base64 at any offset. */
export function hasCanary(text: string): boolean {
  return forms.some((form) => text.includes(form))
}

const forms = [core, core.toLowerCase(), core.toUpperCase(), ...base64Forms(core), Buffer.from(core).toString('hex')]

/** How a text looks inside of base64: three ways, by what stands before it. What shares bits with its neighbours is cut off. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + text)
      .toString('base64')
      .replace(/=+$/, '')
    return encoded.slice(offset === 0 ? 0 : offset + 1, -2)
  })
}

/** All the ways in which a value gets into logs, by name. */
export function renderings(value: unknown): Record<string, string> {
  const deep = { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null, maxArrayLength: null, getters: true }
  return {
    String: attempt(() => String(value)),
    template: attempt(() => `${value as string}`),
    toString: attempt(() => Object.prototype.toString.call(value)),
    JSON: attempt(() => JSON.stringify(value) ?? ''),
    'JSON of all own properties': attempt(() => JSON.stringify(ownProperties(value)) ?? ''),
    inspect: attempt(() => inspect(value)),
    'inspect, deep': attempt(() => inspect(value, deep)),
    'inspect, in an object': attempt(() => inspect({ inner: [value] }, deep)),
    structuredClone: attempt(() => inspect(structuredClone(value), deep)),
    ...consoleOutput(value),
    AggregateError: attempt(() => inspect(new AggregateError([value], 'all failed'), deep)),
    'as a cause': attempt(() => inspect(new Error('outer', { cause: value }), deep)),
    ...errorParts(value),
  }
}

function errorParts(value: unknown, prefix = ''): Record<string, string> {
  if (!(value instanceof Error)) return {}
  return {
    [`${prefix}name`]: value.name,
    [`${prefix}message`]: value.message,
    [`${prefix}stack`]: value.stack ?? '',
    ...(value.cause === undefined ? {} : errorParts(value.cause, `${prefix}cause.`)),
  }
}

function consoleOutput(value: unknown): Record<string, string> {
  let output = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output += chunk
      done()
    },
  })
  const fake = new Console(stream, stream)
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'dir', 'trace', 'table'] as const) fake[method](value)
  fake.log('%s %o %O %j', value, value, value, value)
  return { console: output }
}

/** Everything an object holds, enumerable or not, and its inner objects. */
function ownProperties(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > 6) return typeof value === 'function' ? undefined : value
  return Object.fromEntries(
    Reflect.ownKeys(value).map((key) => [
      String(key),
      attempt(() => ownProperties((value as Record<PropertyKey, unknown>)[key], depth + 1)),
    ]),
  )
}

function attempt<T>(render: () => T): T | string {
  try {
    return render()
  } catch (error) {
    // What refuses to be rendered says so in an error, which is shown as well.
    return inspect(error)
  }
}
