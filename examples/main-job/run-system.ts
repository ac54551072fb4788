import { isTokenwellError, TokenManager, type TokenManagerOptions } from '../../src/index.ts'
import { pause } from './pause.ts'
import { StopError } from './stop-error.ts'
import type { System } from './systems.ts'
import { Tally } from './tally.ts'

/** One system while it runs. */
export interface SystemRun {
  readonly system: System
  readonly grant: string
  readonly tokens: TokenManager
  readonly tally: Tally
}

/** Connects to a system. Nothing is sent yet. */
export function prepareRun(system: System, connection: Pick<TokenManagerOptions, 'provider' | 'grant'>): SystemRun {
  const tally = new Tally()
  const tokens = new TokenManager({ ...connection, fetch: tally.countingFetch(connection.provider) })
  tally.listenTo(tokens)
  return { system, grant: connection.grant.grantType, tokens, tally }
}

/**
 * Lets all callers call at once, on a manager without a token, and then again and again until `signal` aborts.
 * @throws StopError when the very first calls fail: the run is worth nothing then
 */
export async function runCallers(run: SystemRun, callers: number, pauseMs: number, signal: AbortSignal): Promise<void> {
  const numbers = Array.from({ length: callers }, (_, number) => number)
  try {
    await Promise.all(numbers.map((number) => call(run, number, 0)))
  } catch (error) {
    throw new StopError(`${run.system.title}: ${describe(error)}`)
  }
  await Promise.all(numbers.map((number) => keepCalling(run, number, pauseMs, signal)))
}

async function keepCalling(run: SystemRun, caller: number, pauseMs: number, signal: AbortSignal): Promise<void> {
  for (let turn = 1; ; turn++) {
    // Each at its own pace: callers that march in step would hide what a late one sees.
    await pause(pauseMs * (0.5 + Math.random()), signal)
    if (signal.aborted) return
    try {
      await call(run, caller, turn)
    } catch (error) {
      run.tally.noteFailure(describe(error))
    }
  }
}

async function call({ system, tokens, tally }: SystemRun, caller: number, turn: number): Promise<void> {
  const path = system.paths[(caller + turn) % system.paths.length] as string
  const startedAt = performance.now()
  const response = await tokens.fetch(`${tokens.explain().apiUrl}${path}`)
  if (!response.ok) throw new StopError(`GET ${path} was answered with ${response.status}`)
  tally.noteCall(caller, startedAt, system.itemsOf(await response.json()))
}

/** One line for people. Platforms say «fetch failed», and the reason in `cause`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'failed'
  if (isTokenwellError(error) || error instanceof StopError) return error.message
  const { code } = (error.cause ?? {}) as { code?: string }
  return code ? `${error.message} (${code})` : error.message
}
