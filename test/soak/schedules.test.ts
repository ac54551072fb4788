import { afterAll, describe, expect, it } from 'vitest'
import { describeFailures, runSchedules, Summary } from '../support/schedules/run-schedules.ts'

// The first ones run in `npm test`. SEED=n begins elsewhere, SCHEDULES=n runs as many.
const firstSeed = Number(process.env['SEED'] ?? 401)
const count = Number(process.env['SCHEDULES'] ?? 20_000)
const perTest = 500

describe('contexts over one store, with whatever a seed lets go wrong', () => {
  const summary = new Summary()
  afterAll(() => console.log(summary.describe()))

  for (let from = 0; from < count; from += perTest) {
    const first = firstSeed + from
    const here = Math.min(perTest, count - from)
    it(`keeps every rule in the schedules ${first} to ${first + here - 1}`, async () => {
      const failuresBefore = summary.failed.length
      await runSchedules(first, here, { summary })
      const failures = describeFailures(summary).slice(failuresBefore)
      if (failures.length > 0) console.error(failures.join('\n'))
      expect(failures).toEqual([])
    })
  }
})
