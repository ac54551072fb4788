import { type Figures, type Goal, medianOf } from './scenario.ts'
import type { Summary } from './statistics.ts'

type Declare = (limit: number, text: string, ...keys: readonly string[]) => Goal

export const atMost: Declare = (limit, text, ...keys) => ({ sign: '≤', limit, text, keys })
export const atLeast: Declare = (limit, text, ...keys) => ({ sign: '≥', limit, text, keys })
export const exactly: Declare = (limit, text, ...keys) => ({ sign: '=', limit, text, keys })

export function isMet(goal: Goal, value: number): boolean {
  return missBy(goal, value) <= 0
}

/** The figure that is furthest from the goal, or nearest to missing it; `undefined` where none was measured. */
export function findWorst(goal: Goal, figures: Figures): Summary | number | undefined {
  const measured = goal.keys.map((key) => figures[key]).filter((figure) => !Number.isNaN(medianOf(figure)))
  return measured.toSorted((a, b) => missBy(goal, medianOf(b)) - missBy(goal, medianOf(a)))[0]
}

/** Positive where the goal is missed. */
function missBy({ sign, limit }: Goal, value: number): number {
  if (sign === '=') return Math.abs(value - limit)
  return sign === '≤' ? value - limit : limit - value
}
