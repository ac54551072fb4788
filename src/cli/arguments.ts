import { parseArgs } from 'node:util'
import { describeUnknown } from '../base/check.ts'
import type { GivenOptions, Verb, VerbOption } from './call.ts'
import { toCommandLine } from './command-line.ts'
import { UsageError } from './failure.ts'

export interface VerbArguments {
  readonly isHelp: boolean
  readonly config: string | undefined
  readonly profile: string | undefined
  readonly operands: readonly string[]
  readonly options: GivenOptions
}

/** What every verb understands. */
export const commonOptions: Readonly<Record<string, VerbOption>> = {
  config: { value: 'FILE', text: 'The file of profiles, in place of yours.' },
  help: { short: 'h', text: 'This text.' },
}

/**
 * Reads what follows a verb.
 * @throws UsageError naming the option that was probably meant; its message never repeats a value, which may be a secret
 */
export function parseVerbArguments(verb: Verb, argv: readonly string[]): VerbArguments {
  const { values, positionals } = parse({ ...verb.options, ...commonOptions }, argv)
  const { config, help, ...options } = values as GivenOptions & { config?: string; help?: boolean }
  const [profile, ...operands] = positionals
  if (!help) checkOperands(verb, { config, profile, operands })
  return { isHelp: help === true, config, profile, operands, options }
}

function parse(known: Readonly<Record<string, VerbOption>>, argv: readonly string[]) {
  const entries = Object.entries(known).map(([name, { short, value, isRepeated = false }]) => {
    const type = value ? ('string' as const) : ('boolean' as const)
    return [name, { type, multiple: isRepeated, ...(short && { short }) }] as const
  })
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: Object.fromEntries(entries) })
  } catch (error) {
    throw new UsageError(explain(error as NodeJS.ErrnoException, known))
  }
}

function explain({ code, message }: NodeJS.ErrnoException, known: Readonly<Record<string, VerbOption>>): string {
  // Node's words, of which only the option is taken: they may repeat a value.
  const [, option = ''] = /'(?:-\w, )?(--?[\w-]+)/.exec(message) ?? []
  const names = Object.keys(known).map((name) => `--${name}`)
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `${option} ${describeUnknown(option, names)}`
  const { value } = known[option.replace(/^-+/, '')] ?? {}
  return value ? `${option} needs a value: ${option}=${value}` : `${option} takes no value`
}

type Given = Pick<VerbArguments, 'config' | 'profile' | 'operands'>

function checkOperands({ operands: named = [], ...verb }: Verb, { config, profile, operands }: Given): void {
  if (profile === undefined && !('isProfileOptional' in verb))
    throw new UsageError(`The name of a profile is missing. ${toCommandLine({ verb: 'status', config })} lists them.`)
  const missing = named.slice(operands.length).find((name) => !name.startsWith('['))
  if (profile !== undefined && missing) throw new UsageError(`${missing} is missing.`)
  if (operands.length > named.length) {
    const all = ['PROFILE', ...named].join(' and ')
    throw new UsageError(`There is one argument too many: this takes ${all}.`)
  }
}
