import type { Excuse } from './facts.ts'
import type { FaultName } from './fault-names.ts'
import { runSchedule, type ScheduleReport } from './run-schedule.ts'

/** What many schedules have come to. */
export class Summary {
  schedules = 0
  calls = 0
  requests = 0
  slowestCallMs = 0
  readonly faults = new Map<FaultName, number>()
  readonly excuses = new Map<Excuse, number>()
  /** In how many schedules something was excused. */
  readonly excusedSchedules = new Map<Excuse, number>()
  readonly failed: ScheduleReport[] = []

  add(report: ScheduleReport): void {
    this.schedules++
    this.calls += report.calls
    this.requests += report.requests
    this.slowestCallMs = Math.max(this.slowestCallMs, report.slowestCallMs)
    for (const [name, times] of report.faults) increase(this.faults, name, times)
    for (const [name, times] of report.excuses) {
      increase(this.excuses, name, times)
      increase(this.excusedSchedules, name, 1)
    }
    if (report.violations.length > 0) this.failed.push(report)
  }

  /** For a reader. */
  describe(): string {
    const { schedules, calls, requests, slowestCallMs, failed, faults, excuses, excusedSchedules } = this
    const lines = [
      `${schedules} schedules, ${failed.length} failed; ${calls} calls, the slowest took ${slowestCallMs} ms; ${requests} token requests`,
      `faults: ${[...faults]
        .sort()
        .map(([name, times]) => `${name} ${times}`)
        .join(', ')}`,
      ...[...excuses].sort().map(([name, times]) => `excused: ${name}, ${times} times in ${excusedSchedules.get(name)} schedules`),
    ]
    return lines.join('\n')
  }
}

/** Runs schedules one after another, from a seed on. */
export async function runSchedules(firstSeed: number, count: number, { summary = new Summary(), isTraced = false } = {}): Promise<Summary> {
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const report = await runSchedule(seed, { isTraced })
    if (isTraced) console.log([`SEED=${seed}: ${report.plan}`, ...report.trace].join('\n'))
    summary.add(report)
  }
  return summary
}

/** What has failed, and how to see it again. */
export function describeFailures({ failed }: Summary): string[] {
  return failed.map(({ seed, plan, violations }) => `SEED=${seed} (TRACE=1 tells the whole story; ${plan}): ${violations.join('; ')}`)
}

function increase<K>(tally: Map<K, number>, key: K, by: number): void {
  tally.set(key, (tally.get(key) ?? 0) + by)
}
