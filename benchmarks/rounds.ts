import { type Summary, shuffle, summarise } from './statistics.ts'
import type { SubjectName } from './subject.ts'

export interface RoundsOptions {
  readonly rounds: number
  readonly log: (line: string) => void
  /** Runs one batch and returns what one call took, in any unit. */
  readonly runBatch: (name: SubjectName) => Promise<number>
}

export interface RoundsResult {
  /** What one call took. */
  readonly costs: ReadonlyMap<SubjectName, Summary>
  /** The same as a multiple of the floor's figure of the same round. */
  readonly ratios: ReadonlyMap<SubjectName, Summary>
}

// Everybody is divided by the floor, so its noise would be everybody's: the median of three batches is taken.
const extraFloors: readonly SubjectName[] = ['floor', 'floor']

/**
 * Runs all subjects in every round, in a new order each time, and compares within the round: whatever else the machine
 * does at that moment disturbs the floor as well. (A forced garbage collection before each batch was tried: V8 then drops
 * optimised code, and every subject but the floor took half as long again.)
 */
export async function runRounds(names: readonly SubjectName[], { rounds, log, runBatch }: RoundsOptions): Promise<RoundsResult> {
  const costs = new Map<SubjectName, number[]>(names.map((name) => [name, []]))
  const ratios = new Map<SubjectName, number[]>(names.map((name) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    const batches = new Map<SubjectName, number[]>(names.map((name) => [name, []]))
    for (const name of shuffle([...names, ...extraFloors])) batches.get(name)?.push(await runBatch(name))
    const floor = summarise(batches.get('floor') ?? []).median
    for (const [name, batch] of batches) {
      const cost = summarise(batch).median
      costs.get(name)?.push(cost)
      ratios.get(name)?.push(cost / floor)
    }
    log(`round ${round} of ${rounds}`)
  }
  return { costs: mapValues(costs, summarise), ratios: mapValues(ratios, summarise) }
}

function mapValues<K, V, W>(map: ReadonlyMap<K, V>, change: (value: V) => W): Map<K, W> {
  return new Map([...map].map(([key, value]) => [key, change(value)]))
}
