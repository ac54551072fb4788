import { formatCount, formatRatio } from '../format.ts'
import { type Figures, medianOf, type Scenario } from '../scenario.ts'
import type { Summary } from '../statistics.ts'
import type { StoreName } from '../tools/benchmark-stores.ts'
import { runProcess } from '../tools/run-process.ts'

/** A store, or a second manager with memory: how far two that do the same come apart. */
export type Timed = StoreName | 'control'

/** What the process that times the calls reports, by store. */
export interface StoreHotPathReport {
  costs: [Timed, Summary][]
  /** As a multiple of memory's figure of the same round. */
  ratios: [Timed, Summary][]
}

export const storeHotPath: Scenario = {
  id: 'S8',
  title: 'Hot path with each store: a token that is fresh',
  method:
    'As S1 with one URL, and a store given: ns a call, and as a multiple of the memory store in the same round. *Memory again* is a ' +
    'second manager that does the same: the noise. A store that is not installed here has no figure.',
  columns: [
    { key: 'memory', heading: 'memory, ns', format: formatCount },
    { key: 'control', heading: 'memory again, × memory', format: formatRatio },
    { key: 'web', heading: 'web storage, × memory', format: formatRatio },
    { key: 'encrypted', heading: 'encrypted, × memory', format: formatRatio },
    { key: 'file', heading: 'file, × memory', format: formatRatio },
    { key: 'redis', heading: 'Redis, × memory', format: formatRatio },
  ],
  targets: [
    {
      text: 'every store within 10 % of memory',
      isReached: (figures) =>
        Object.entries(figures).every(([store, figure]) => store === 'memory' || Math.abs(medianOf(figure) - 1) <= 0.1),
    },
  ],
  async run({ isQuick }) {
    const { costs, ratios } = await runProcess<StoreHotPathReport>('time-store-hot-path.ts', [isQuick ? '15' : '51'])
    const figures: Record<string, Summary> = Object.fromEntries(ratios)
    figures['memory'] = new Map(costs).get('memory') as Summary
    return new Map([['tokenwell', figures as Figures]])
  },
}
