import { parseArgs } from 'node:util'
import type { Flavour, SystemName } from '../../src/testing/emulation/start-emulator.ts'
import { systems } from './systems.ts'

const systemNames = Object.keys(systems) as SystemName[]

/** What the command line asks for. */
export interface MainJobOptions {
  systems: readonly SystemName[]
  /** A real API, in place of the emulator. */
  baseUrl: string | undefined
  flavour: Flavour
  seconds: number
  callers: number
}

/** The command line is wrong: exit status 2. */
export class UsageError extends Error {}

export const usage = `Usage: npm start -- [system] [options]

Runs tokenwell against CAM2, Camdram, Dive and Musement, or against one of them
(${systemNames.join(', ')}). They are emulated on this machine, with tokens that live for
seconds: many callers, one token revoked in mid-run, one outage of each token endpoint.

Options:
  --base-url URL      run against a real API (one system; nothing is revoked or broken)
  --seconds N         how long at least, 6 to 3600; default 15
  --callers N         concurrent callers of a system; default 25, of a real API 5
  --flavour NAME      emulate the APIs as 'documented' or as they 'real'ly behave (default)
  --help              this text

Credentials for --base-url come from the environment:
  cam2      CAM2_CLIENT_ID, CAM2_CLIENT_SECRET
  camdram   CAMDRAM_CLIENT_ID, CAMDRAM_CLIENT_SECRET
  dive      DIVE_CLIENT_KEY, and DIVE_DEVICE_ID or DIVE_USERNAME with DIVE_PASSWORD
  musement  MUSEMENT_CLIENT_ID, MUSEMENT_CLIENT_SECRET; for a customer also MUSEMENT_USERNAME,
            MUSEMENT_PASSWORD; MUSEMENT_APPLICATION where the server demands it
`

/** Reads the command line; `'help'` where that is asked for. */
export function parseArguments(argv: readonly string[]): MainJobOptions | 'help' {
  const { values, positionals } = parse(argv)
  if (values.help) return 'help'
  const [name, ...more] = positionals
  if (more.length > 0) throw new UsageError('name one system, or none for all four')
  if (name !== undefined && !isSystemName(name)) throw new UsageError(`unknown system '${name}': choose one of ${systemNames.join(', ')}`)
  const baseUrl = values['base-url']
  if (baseUrl !== undefined && !name) throw new UsageError('--base-url goes with the name of one system')
  const flavour = values.flavour ?? 'real'
  if (flavour !== 'documented' && flavour !== 'real') throw new UsageError("--flavour must be 'documented' or 'real'")
  return {
    systems: name ? [name] : systemNames,
    baseUrl,
    flavour,
    seconds: readCount('--seconds', values.seconds ?? '15', 6, 3600),
    callers: readCount('--callers', values.callers ?? (baseUrl === undefined ? '25' : '5'), 1, 500),
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        'base-url': { type: 'string' },
        seconds: { type: 'string' },
        callers: { type: 'string' },
        flavour: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    // Node's sentence goes on with advice about dashes that fits no case here.
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'unknown arguments')
  }
}

function readCount(option: string, text: string, least: number, most: number): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (!(count >= least && count <= most)) throw new UsageError(`${option} must be a whole number from ${least} to ${most}`)
  return count
}

const isSystemName = (text: string): text is SystemName => (systemNames as readonly string[]).includes(text)
