import { type Summary, shuffle, summarise } from './statistics.ts'

/** What each cost, in one unit, round by round. */
export type RoundCosts<K> = ReadonlyMap<K, readonly number[]>

export interface RoundsOptions<K> {
  readonly rounds: number
  /** Everybody is divided by it, so its noise would be everybody's: the median of three batches a round is taken. */
  readonly yardstick?: NoInfer<K>
  readonly log?: (line: string) => void
  /** Runs one batch and returns what one call took. */
  readonly runBatch: (name: K) => Promise<number>
}

/**
 * Runs everybody in every round, in a new order each time, so that it can be compared within the round: whatever else the
 * machine does at that moment disturbs the yardstick as well. (A forced garbage collection before each batch was tried: V8
 * then drops optimised code, and every subject but the floor took half as long again.)
 */
export async function runRounds<K>(names: readonly K[], { rounds, yardstick, log, runBatch }: RoundsOptions<K>): Promise<RoundCosts<K>> {
  const extra = names.filter((name) => name === yardstick).flatMap((name) => [name, name])
  const costs = new Map<K, number[]>(names.map((name) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    const batches = new Map<K, number[]>(names.map((name) => [name, []]))
    for (const name of shuffle([...names, ...extra])) batches.get(name)?.push(await runBatch(name))
    for (const [name, batch] of batches) costs.get(name)?.push(summarise(batch).median)
    log?.(`round ${round} of ${rounds}`)
  }
  return costs
}

/** What it cost; `undefined` where it was not measured. */
export function costOf<K>(costs: RoundCosts<K>, name: K): Summary | undefined {
  const own = costs.get(name)
  return own && summarise(own)
}

/** What it cost as a multiple of the other's cost in the same round; `undefined` where one of them was not measured. */
export function ratioOf<K>(costs: RoundCosts<K>, name: K, yardstick: K): Summary | undefined {
  const [own, other] = [costs.get(name), costs.get(yardstick)]
  return own && other && summarise(own.map((cost, round) => cost / (other[round] as number)))
}
