import { formatCount, formatRatio } from '../format.ts'
import { atMost } from '../goals.ts'
import { type Figures, type Scenario, withoutFloor } from '../scenario.ts'
import type { SubjectName } from '../subject.ts'
import { runProcess } from '../tools/run-process.ts'

/** What the process that creates the managers reports. */
export interface ManyManagersReport {
  /** Heap bytes per manager, each having got a token, at each size. */
  bytes: Record<string, number>
  /** Microseconds to create a manager and make its first call, at each size. */
  micros: Record<string, number>
  /** Heap bytes per manager that has not been used. */
  idleBytes: number
}

export const manyManagers: Scenario = {
  id: 'S7',
  title: 'Many managers in one process',
  method:
    'A manager per client id, each with one token got and one call made through an instant fetch. Used heap after garbage collection, one ' +
    'process per subject. *Idle*: 10 000 managers that have not made a call. *Growth*: time to create a manager and make its call near the ' +
    'largest size, over the best at a smaller one.',
  columns: [
    { key: 'bytes1000', heading: 'bytes at 1 000', format: formatCount },
    { key: 'bytes10000', heading: 'at 10 000', format: formatCount },
    { key: 'bytes100000', heading: 'at 100 000', format: formatCount },
    { key: 'idle', heading: 'idle', format: formatCount },
    { key: 'micros1000', heading: 'µs at 1 000', format: formatRatio },
    { key: 'micros10000', heading: 'at 10 000', format: formatRatio },
    { key: 'micros100000', heading: 'at 100 000', format: formatRatio },
    { key: 'growth', heading: 'growth', format: formatRatio },
  ],
  goals: [atMost(1600, '≤ 1.6 kB a manager at 100 000', 'bytes100000'), atMost(1.5, 'flat time: growth ≤ 1.5', 'growth')],
  async run({ subjects, isQuick, log }) {
    const sizes = isQuick ? [1000, 10_000] : [1000, 10_000, 100_000]
    const results = new Map<SubjectName, Figures>()
    for (const [name] of withoutFloor(subjects)) {
      const { bytes, micros, idleBytes } = await runProcess<ManyManagersReport>(
        'create-many-managers.ts',
        [name, ...sizes.map(String)],
        ['--expose-gc'],
      )
      const figures: Record<string, number> = { idle: idleBytes }
      for (const size of sizes) {
        figures[`bytes${size}`] = bytes[size] as number
        figures[`micros${size}`] = micros[size] as number
      }
      const times = sizes.map((size) => micros[size] as number)
      figures.growth = (times.at(-1) as number) / Math.min(...times.slice(0, -1))
      results.set(name, figures)
      log(name)
    }
    return results
  },
}
