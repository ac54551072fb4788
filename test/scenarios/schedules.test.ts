import { describe, expect, it } from 'vitest'
import { runSchedule, type ScheduleReport } from '../support/schedules/run-schedule.ts'

// SEED=n repeats one schedule, and SCHEDULES=n runs as many; each failure names its seed.
const given = process.env['SEED']
const firstSeed = Number(given ?? 1)
const scheduleCount = Number(process.env['SCHEDULES'] ?? (given ? 1 : 200))
const perTest = 20

describe('contexts over one store, with lost replies, errors and slow answers', () => {
  for (let from = 0; from < scheduleCount; from += perTest) {
    const seeds = Array.from({ length: Math.min(perTest, scheduleCount - from) }, (_, i) => firstSeed + from + i)
    it(`seeds ${seeds[0]} to ${seeds.at(-1)} → every call settles, and no family is revoked without a fault`, async () => {
      const failed: (Pick<ScheduleReport, 'kind' | 'violations'> & { seed: number })[] = []
      for (const seed of seeds) {
        const report = await runSchedule(seed)
        if (scheduleCount === 1) console.log(`SEED=${seed}`, report)
        if (report.violations.length > 0) failed.push({ seed, kind: report.kind, violations: report.violations })
      }
      expect(failed, 'SEED=n repeats one of them').toEqual([])
    }, 30_000)
  }
})
