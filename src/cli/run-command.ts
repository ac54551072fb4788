import { createRequire } from 'node:module'
import { abortable } from '../base/abortable.ts'
import { describeUnknown } from '../base/check.ts'
import { parseVerbArguments } from './arguments.ts'
import type { Call, Verb } from './call.ts'
import { describeFailure, exitStatus, statusOf, UsageError } from './failure.ts'
import { writeHelp, writeVerbHelp } from './help.ts'
import { withProfile } from './open-profile.ts'
import { readProfileFile } from './profile-file.ts'
import { type Surroundings, Terminal } from './terminal.ts'
import { explain } from './verbs/explain.ts'
import { fetchUrl } from './verbs/fetch.ts'
import { login } from './verbs/login.ts'
import { logout } from './verbs/logout.ts'
import { status } from './verbs/status.ts'
import { token } from './verbs/token.ts'
import { tryProfile } from './verbs/try.ts'

const verbs: Readonly<Record<string, Verb>> = { token, fetch: fetchUrl, login, logout, status, explain, try: tryProfile }

/**
 * Carries out one command line, and gives its exit status. A failure is one line on standard error.
 * @param argv what follows the command's own name
 * @param signal aborted when the user interrupts
 */
export async function runCommand(argv: readonly string[], surroundings: Surroundings, signal: AbortSignal): Promise<number> {
  const terminal = new Terminal(surroundings)
  const [first, ...rest] = argv
  try {
    return await chooseVerb(first, rest, { terminal, signal })
  } catch (error) {
    if (signal.aborted) return exitStatus.interrupted
    await terminal.note(`${terminal.paintNote('red', 'tokenwell')}: ${describeFailure(error)}`)
    return statusOf(error)
  }
}

type Context = Pick<Call, 'terminal' | 'signal'>

async function chooseVerb(name = '--help', rest: readonly string[], { terminal, signal }: Context): Promise<number> {
  if (['--help', '-h', 'help'].includes(name)) await terminal.write(writeHelp(verbs, terminal.columns))
  else if (name === '--version') await terminal.write(`${readVersion()}\n`)
  else if (!Object.hasOwn(verbs, name)) throw new UsageError(`This verb ${describeUnknown(name, Object.keys(verbs))}`)
  else return runVerb(name, rest, { terminal, signal })
  return exitStatus.done
}

async function runVerb(name: string, argv: readonly string[], context: Context): Promise<number> {
  const verb = verbs[name] as Verb
  const { isHelp, config, profile, operands, options } = parseVerbArguments(verb, argv)
  if (isHelp) {
    await context.terminal.write(writeVerbHelp(name, verb, context.terminal.columns))
    return exitStatus.done
  }
  const file = await abortable(readProfileFile(context.terminal.env, config), context.signal)
  const call = { ...context, operands, options }
  if ('runWithFile' in verb) return verb.runWithFile(call, file, profile)
  return withProfile({ ...context, file, name: profile as string }, (opened) => verb.runWith({ ...call, profile: opened }))
}

function readVersion(): string {
  return (createRequire(import.meta.url)('tokenwell/package.json') as { version: string }).version
}
