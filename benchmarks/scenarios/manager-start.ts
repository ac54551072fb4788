import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRedisWanted, RedisServer } from '../../test/support/redis-server.ts'
import { formatCount, formatRatio } from '../format.ts'
import { atMost, exactly } from '../goals.ts'
import { costOf, type RoundCosts, ratioOf, runRounds } from '../rounds.ts'
import type { Figures, Scenario } from '../scenario.ts'
import type { SubjectName } from '../subject.ts'
import type { Build } from '../tools/build.ts'
import { runProcess } from '../tools/run-process.ts'

export type SharedStore = 'memory' | 'file' | 'redis'

/** What the process that starts the managers reports: see `start-managers.ts`. */
export interface ManagerStartReport {
  ms: number
  requests: number
  /** How many managers have the token that lay in the store. */
  adopted: number
}

const [few, many] = [10, 1000]
const counts = [few, many]
const stores: Readonly<Record<SharedStore, string>> = { memory: 'memory', file: 'file', redis: 'Redis' }

/** Managers of one build that start over one filled store. */
interface Start {
  readonly build: Build
  readonly store: SharedStore
  readonly count: number
  readonly location: string
}

const keyOf = ({ build, store, count }: Omit<Start, 'location'>) => `${build} ${store} ${count}`

const run = (task: 'fill' | 'start', { build, store, location, count }: Start) =>
  runProcess<ManagerStartReport>('start-managers.ts', [task, build, store, location, String(count)])

/** Everything is filled by a process of its own first: a store of ten records and one of a thousand, of each kind. */
async function fillStores(builds: readonly Build[], directory: string, redis: RedisServer | undefined): Promise<Map<string, Start>> {
  const starts = new Map<string, Start>()
  for (const [i, build] of builds.entries()) {
    for (const [j, count] of counts.entries()) {
      const place = join(directory, `${build}-${count}`)
      await mkdir(place)
      const locations = {
        memory: join(place, 'memory.json'),
        file: join(place, 'tokens'),
        // One of its numbered databases.
        redis: redis && `${redis.url}/${i * counts.length + j}`,
      }
      for (const [store, location] of Object.entries(locations) as [SharedStore, string | undefined][]) {
        if (location === undefined) continue
        const start = { build, store, count, location }
        await run('fill', start)
        starts.set(keyOf(start), start)
      }
    }
  }
  return starts
}

interface Measured {
  /** Milliseconds. */
  readonly costs: RoundCosts<string>
  /** Token requests, and managers that did not adopt: the most of all rounds. */
  readonly most: ReadonlyMap<string, { readonly requests: number; readonly astray: number }>
}

async function measure(starts: ReadonlyMap<string, Start>, rounds: number, log: (line: string) => void): Promise<Measured> {
  const most = new Map([...starts.keys()].map((key) => [key, { requests: 0, astray: 0 }]))
  const costs = await runRounds([...starts.keys()], {
    rounds,
    log,
    runBatch: async (key) => {
      const start = starts.get(key) as Start
      const { ms, requests, adopted } = await run('start', start)
      const before = most.get(key) as { requests: number; astray: number }
      most.set(key, { requests: Math.max(before.requests, requests), astray: Math.max(before.astray, start.count - adopted) })
      return ms
    },
  })
  return { costs, most }
}

function tabulate({ costs, most }: Measured, build: Build): Figures {
  const figures = (Object.keys(stores) as SharedStore[]).flatMap((store): [string, Figures[string]][] => {
    const [ten, thousand] = [keyOf({ build, store, count: few }), keyOf({ build, store, count: many })]
    return [
      [`${store}Requests`, most.get(thousand)?.requests],
      [`${store}Astray`, most.get(thousand)?.astray],
      [`${store}Few`, costOf(costs, ten)],
      [`${store}Many`, costOf(costs, thousand)],
      [`${store}Growth`, ratioOf(costs, thousand, ten)],
    ]
  })
  return Object.fromEntries(figures)
}

const columnsOf = ([store, label]: readonly [string, string]) => [
  { key: `${store}Requests`, heading: `${label}: token requests`, format: formatCount },
  { key: `${store}Astray`, heading: 'without the stored token', format: formatCount },
  { key: `${store}Few`, heading: `${formatCount(few)}, ms`, format: formatRatio },
  { key: `${store}Many`, heading: `${formatCount(many)}, ms`, format: formatRatio },
  { key: `${store}Growth`, heading: `${formatCount(many)} over ${formatCount(few)}`, format: formatRatio },
]

const keysOf = (figure: string) => Object.keys(stores).map((store) => `${store}${figure}`)

export const managerStart: Scenario = {
  id: 'S13',
  title: 'A process that starts 1 000 managers over a full store',
  method:
    'Each start is a fresh process: managers of as many clients over one store. Another process has filled it with a fresh token for each. Time is ' +
    'from the first construction until all have their token. *Token requests* and *without the stored token* are those of 1 000 managers, the ' +
    'most of all runs. A store that is not installed here has no figure.',
  columns: Object.entries(stores).flatMap(columnsOf),
  goals: [
    exactly(0, 'no token request of 1 000 managers, over any store', ...keysOf('Requests')),
    exactly(0, 'each of 1 000 managers has the token that was stored', ...keysOf('Astray')),
    atMost(20, '1 000 managers ≤ 20 × the time of 10, over any store', ...keysOf('Growth')),
  ],
  async run({ subjects, isQuick, log }) {
    const builds = [...subjects.keys()].filter((name: SubjectName): name is Build => name === 'tokenwell' || name === 'against')
    const directory = await mkdtemp(join(tmpdir(), 'tokenwell-bench-'))
    const redis = isRedisWanted ? await RedisServer.start() : undefined
    try {
      log('filling the stores')
      const measured = await measure(await fillStores(builds, directory, redis), isQuick ? 3 : 9, log)
      return new Map(builds.map((build): [SubjectName, Figures] => [build, tabulate(measured, build)]))
    } finally {
      await redis?.close()
      await rm(directory, { recursive: true })
    }
  },
}
