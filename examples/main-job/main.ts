// The main job: tokenwell at work against four APIs over real HTTP. `npm start`, or `npm start -- --help`.
import { isTokenwellError } from '../../src/index.ts'
import { type Emulator, type SystemName, startEmulator } from '../../src/testing/emulation/start-emulator.ts'
import { type MainJobOptions, parseArguments, UsageError, usage } from './arguments.ts'
import { checkCalls, checkDisturbances } from './checks.ts'
import { disturb } from './disturb.ts'
import { pause } from './pause.ts'
import { choosePaint, startProgress } from './progress.ts'
import { prepareRun, runCallers, type SystemRun } from './run-system.ts'
import { StopError } from './stop-error.ts'
import { formatChecks, formatSummary } from './summary.ts'
import { systems } from './systems.ts'

process.exitCode = await main(process.argv.slice(2))

/** Returns the exit status: 0 if everything promised was seen, 1 if not, 2 for a wrong command line. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseArguments(argv)
    if (options === 'help') {
      process.stdout.write(usage)
      return 0
    }
    return await (options.baseUrl === undefined ? runEmulated(options) : runReal(options, options.baseUrl))
  } catch (error) {
    if (error instanceof UsageError) return complain(`${error.message} (try: npm start -- --help)`, 2)
    if (error instanceof StopError || isTokenwellError(error)) return complain(error.message, 1)
    throw error
  }
}

async function runEmulated(options: MainJobOptions): Promise<number> {
  const lifetimeMs = emulatedLifetimeMs(options)
  const emulator = await startEmulator({ flavour: options.flavour, lifetimeMs, latencyMs: 15, tokenLatencyMs: 80 })
  try {
    console.log(`Emulating ${options.systems.join(', ')} at ${emulator.url}: tokens live ${lifetimeMs / 1000} s.\n`)
    const runs = new Map(options.systems.map((name) => [name, prepareRun(systems[name], systems[name].emulated(emulator))]))
    return await work(options, runs, emulator)
  } finally {
    await emulator.close()
  }
}

/** A few lives of a token fit into the run. Not shorter: on a busy machine a call may take longer than what is left of one. */
function emulatedLifetimeMs({ seconds }: MainJobOptions): number {
  return Math.min(4_000, Math.max(3_000, seconds * 250))
}

async function runReal(options: MainJobOptions, baseUrl: string): Promise<number> {
  const runs = new Map(options.systems.map((name) => [name, prepareRun(systems[name], systems[name].real(baseUrl, process.env))]))
  return work(options, runs, undefined)
}

async function work(options: MainJobOptions, runs: ReadonlyMap<SystemName, SystemRun>, emulator: Emulator | undefined): Promise<number> {
  const { seconds, callers } = options
  const all = [...runs.values()]
  const paint = choosePaint(process.stdout, process.env)
  const progress = startProgress({ runs: all, seconds, output: process.stdout, paint })
  const over = new AbortController()
  const interrupted = new AbortController()
  // Ctrl-C ends the run early, and still shows what was seen; a second one ends the program.
  process.once('SIGINT', () => interrupted.abort())
  interrupted.signal.addEventListener('abort', () => over.abort())
  try {
    const { signal } = over
    const calling = Promise.all(all.map((run) => runCallers(run, callers, emulator ? 250 : 1_000, signal)))
    const plan = { revokeAfterMs: seconds * 250, lifetimeMs: emulatedLifetimeMs(options), signal, report: progress.note }
    const disturbing = [...runs].map(([name, run]) => emulator && disturb(emulator, name, run, plan))
    await Promise.race([calling, Promise.all([pause(seconds * 1000, signal), ...disturbing])])
    over.abort()
    await calling
    progress.stop()
  } finally {
    over.abort()
    progress.discard()
    for (const { tokens } of all) tokens.dispose()
  }

  console.log(`\n${formatSummary(all, process.stdout.columns ?? 100)}\n`)
  if (interrupted.signal.aborted) return complain('interrupted', 130)
  const outcomes = all.map((run) => ({ run, checks: [...checkCalls(run, callers), ...(emulator ? checkDisturbances(run) : [])] }))
  for (const { run, checks } of outcomes) console.log(formatChecks(run.system.title, checks, paint))
  return outcomes.every(({ checks }) => checks.every(({ isKept }) => isKept)) ? 0 : 1
}

function complain(message: string, status: number): number {
  process.stderr.write(`main job: ${message}\n`)
  return status
}
