import { expect, it } from 'vitest'
import { describeFailures, runSchedules } from '../support/schedules/run-schedules.ts'

// The first ones run in `npm test`. SEED=n begins elsewhere, SCHEDULES=n runs as many.
const firstSeed = Number(process.env['SEED'] ?? 401)
const count = Number(process.env['SCHEDULES'] ?? 20_000)

it(`keeps every rule in the schedules ${firstSeed} to ${firstSeed + count - 1}`, async () => {
  const summary = await runSchedules(firstSeed, count)
  console.log(summary.describe())
  expect(describeFailures(summary)).toEqual([])
})
