import { vi } from 'vitest'
import { act, blockAtWorst } from './actions.ts'
import type { Excuse } from './facts.ts'
import type { FaultName } from './fault-names.ts'
import { Dice, describePlan } from './plan.ts'
import { checkWhenQuiet } from './quiet.ts'
import { watchAll } from './rules/watch-all.ts'
import { Trace } from './trace.ts'
import { VirtualTime } from './virtual-time.ts'
import { World } from './world.ts'

export interface ScheduleReport {
  readonly seed: number
  readonly plan: string
  readonly calls: number
  readonly requests: number
  readonly slowestCallMs: number
  /** How often each kind of fault struck. */
  readonly faults: ReadonlyMap<FaultName, number>
  readonly excuses: ReadonlyMap<Excuse, number>
  /** What may never happen and did. */
  readonly violations: readonly string[]
  /** What happened, line by line; only where it was asked for. */
  readonly trace: readonly string[]
}

/** One schedule: contexts over one store, whatever the seed says goes wrong, then quiet. Runs in virtual time. */
export async function runSchedule(seed: number, { isTraced = false } = {}): Promise<ScheduleReport> {
  const dice = new Dice(seed)
  const time = new VirtualTime()
  time.install()
  vi.spyOn(Math, 'random').mockImplementation(() => dice.next())
  const world = new World(time, dice)
  const trace = isTraced ? new Trace(time, world.facts) : undefined
  const tallies = count(world)
  watchAll(world)
  blockAtWorst(world)
  try {
    await world.begin()
    for (let i = 0; i < world.plan.actions; i++) {
      act(world)
      await time.pass(dice.pick([0, 1, 30, 300, 3_000, 20_000, 60_000]) * dice.next())
    }
    await checkWhenQuiet(world)
    const slowestCallMs = Math.max(...[...world.calls.values()].map(({ startedAt, settledAt = Infinity }) => settledAt - startedAt))
    return {
      seed,
      plan: describePlan(world.plan),
      calls: world.calls.size,
      slowestCallMs,
      ...tallies,
      requests: tallies.requests,
      trace: trace?.lines ?? [],
    }
  } finally {
    world.dispose()
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  }
}

function count({ facts }: World) {
  const tallies = { faults: new Map<FaultName, number>(), excuses: new Map<Excuse, number>(), violations: [] as string[], requests: 0 }
  const add = <K>(tally: Map<K, number>, key: K) => tally.set(key, (tally.get(key) ?? 0) + 1)
  facts.on('fault', ({ name }) => add(tallies.faults, name))
  facts.on('excused', ({ excuse }) => add(tallies.excuses, excuse))
  facts.on('violated', (what) => tallies.violations.push(what))
  facts.on('sent', () => tallies.requests++)
  return tallies
}
