import { formatCount, formatRatio } from '../format.ts'
import { atMost } from '../goals.ts'
import { costOf, ratioOf } from '../rounds.ts'
import type { Figures, Scenario } from '../scenario.ts'
import type { StoreName } from '../tools/benchmark-stores.ts'
import { runProcess } from '../tools/run-process.ts'

/** A store, or a second manager with memory: how far two that do the same come apart. */
export type Timed = StoreName | 'control'

/** What the process that times the calls reports: ns a call, by store and round. */
export type StoreHotPathReport = [Timed, readonly number[]][]

const compared: readonly Timed[] = ['control', 'web', 'encrypted', 'file', 'redis']

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
  goals: [atMost(1.1, 'every store ≤ 1.10 × memory', 'web', 'encrypted', 'file', 'redis')],
  async run({ isQuick }) {
    const costs = new Map(await runProcess<StoreHotPathReport>('time-store-hot-path.ts', [isQuick ? '15' : '51']))
    const ratios = compared.map((store) => [store, ratioOf(costs, store, 'memory')])
    const figures: Figures = { memory: costOf(costs, 'memory'), ...Object.fromEntries(ratios) }
    return new Map([['tokenwell', figures]])
  },
}
