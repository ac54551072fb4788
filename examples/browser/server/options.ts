import { parseArgs } from 'node:util'

export interface ServerOptions {
  /** 0: a free one. */
  port: number
  /** How long the emulated access tokens live, ms. */
  lifetimeMs: number
  /** How often the page renews its lists, ms. */
  pollMs: number
  /** How long a token endpoint that is cut off stays away, ms. */
  outageMs: number
}

export class UsageError extends Error {}

export const usage = `npm run example:browser [-- options]

  --port N        where the page is served on 127.0.0.1; 0 is a free one   PORT       4100
  --lifetime N    how long the emulated tokens live, seconds               LIFETIME   30
  --poll N        how often the page renews its lists, seconds             POLL       2
  --outage N      how long «Cut the server off» lasts, seconds             OUTAGE     15
  --help
`

const names = ['port', 'lifetime', 'poll', 'outage'] as const

/**
 * Reads the options from the command line, else from the environment, else their defaults.
 * @throws UsageError naming the option that is wrong
 */
export function parseOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): ServerOptions | 'help' {
  const { values } = parseStrictly(argv)
  if (values.help) return 'help'
  const read = (name: (typeof names)[number], otherwise: number, least: number): number => {
    const text = values[name] ?? env[name.toUpperCase()] ?? String(otherwise)
    const number = Number(text)
    if (text.trim() === '' || !Number.isFinite(number) || number < least) {
      throw new UsageError(`--${name} must be a number, ${least} or more`)
    }
    return number
  }
  const port = read('port', 4100, 0)
  if (!Number.isInteger(port) || port > 65_535) throw new UsageError('--port must be a whole number, 0 to 65535')
  return {
    port,
    lifetimeMs: read('lifetime', 30, 2) * 1000,
    pollMs: read('poll', 2, 0.1) * 1000,
    outageMs: read('outage', 15, 0.5) * 1000,
  }
}

function parseStrictly(argv: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({ args: [...argv], options: { port: text, lifetime: text, poll: text, outage: text, help: { type: 'boolean' } } })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
