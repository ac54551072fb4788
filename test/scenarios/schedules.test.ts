import { describe, expect, it } from 'vitest'
import { type Excuse, excuses } from '../support/schedules/facts.ts'
import { faultNames } from '../support/schedules/fault-names.ts'
import { describeFailures, runSchedules, Summary } from '../support/schedules/run-schedules.ts'

// SEED=n repeats one schedule, SCHEDULES=n runs as many, TRACE=1 tells what happened in each.
const given = process.env['SEED']
const firstSeed = Number(given ?? 1)
const usualCount = 400
const count = Number(process.env['SCHEDULES'] ?? (given ? 1 : usualCount))
const perTest = 50
// Once in some hundred schedules, or less.
const rareExcuses: readonly Excuse[] = [
  'first token whose successor no store has taken',
  'read that a later one has overtaken',
  'note of a refusal written over a token without the lock',
  'record that a wrong clock has ended early',
  'sign-in that a wrong clock dates before a sign-out',
  'sign-out or sign-in that a failed or lagging read has hidden',
]
const isTraced = process.env['TRACE'] !== undefined

describe('contexts over one store, with whatever a seed lets go wrong', () => {
  const summary = new Summary()
  for (let from = 0; from < count; from += perTest) {
    const first = firstSeed + from
    const here = Math.min(perTest, count - from)
    it(`keeps every rule in the schedules ${first} to ${first + here - 1}`, async () => {
      const failuresBefore = summary.failed.length
      await runSchedules(first, here, { summary, isTraced })
      expect(describeFailures(summary).slice(failuresBefore)).toEqual([])
    })
  }

  it.runIf(count >= usualCount)('meets each kind of fault often, and each excuse that is expected', () => {
    console.log(summary.describe())
    for (const name of faultNames) expect(summary.faults.get(name) ?? 0, name).toBeGreaterThanOrEqual(5)
    for (const name of excuses.filter((name) => !rareExcuses.includes(name)))
      expect(summary.excuses.get(name) ?? 0, name).toBeGreaterThanOrEqual(1)
  })
})
