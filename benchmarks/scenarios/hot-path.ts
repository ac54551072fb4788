import { formatCount, formatRatio } from '../format.ts'
import { type Context, type Figures, medianOf, type Scenario } from '../scenario.ts'
import type { Summary } from '../statistics.ts'
import type { SubjectName } from '../subject.ts'
import { postBody, type WorkName } from '../tools/hot-path-work.ts'
import { runProcess } from '../tools/run-process.ts'

/** What the process that times the calls reports, by subject. */
export interface HotPathReport {
  costs: [SubjectName, Summary][]
  ratios: [SubjectName, Summary][]
}

/** In a process of its own: code that V8 has seen doing other work runs slower, the floor's most of all. */
async function measure({ subjects, isQuick, log }: Context, work: WorkName) {
  log(work)
  const { costs, ratios } = await runProcess<HotPathReport>('time-hot-path.ts', [work, isQuick ? '15' : '51', ...subjects.keys()])
  return { costs: new Map(costs), ratios: new Map(ratios) }
}

/** One row a subject, from runs that have the same subjects. */
function tabulate(runs: Readonly<Record<string, ReadonlyMap<SubjectName, Summary>>>): Map<SubjectName, Figures> {
  const [names] = Object.values(runs).map((run) => [...run.keys()])
  return new Map(
    (names ?? []).map((name) => [name, Object.fromEntries(Object.entries(runs).map(([key, run]) => [key, run.get(name) as Summary]))]),
  )
}

export const hotPath: Scenario = {
  id: 'S1',
  title: 'Hot path: a cached token, a fetch that answers at once',
  method: 'GET with a string URL and no init, each awaited before the next one: 1 024 URLs in turn, and one URL again and again.',
  columns: [
    { key: 'many', heading: '1 024 URLs, × floor', format: formatRatio },
    { key: 'one', heading: 'one URL, × floor', format: formatRatio },
    { key: 'ns', heading: '1 024 URLs, ns a call', format: formatCount },
  ],
  targets: [
    { text: 'GET ≤ 5 × floor, 1 024 URLs', isReached: ({ many }) => medianOf(many) <= 5 },
    { text: 'GET ≤ 5 × floor, one URL', isReached: ({ one }) => medianOf(one) <= 5 },
  ],
  async run(context) {
    const many = await measure(context, 'many-urls')
    const one = await measure(context, 'one-url')
    return tabulate({ many: many.ratios, one: one.ratios, ns: many.costs })
  },
}

export const hotPathWithRequest: Scenario = {
  id: 'S1a',
  title: 'Hot path: the same, and the fetch builds a `Request`',
  method: `As S1, with 1 024 URLs, but the stub constructs a \`Request\` from its arguments, as every real \`fetch\` does. POST: a JSON text of ${postBody.length} bytes.`,
  columns: [
    { key: 'get', heading: 'GET, × floor', format: formatRatio },
    { key: 'post', heading: 'POST, × floor', format: formatRatio },
  ],
  targets: [{ text: 'GET ≤ 1.15 × floor', isReached: ({ get }) => medianOf(get) <= 1.15 }],
  async run(context) {
    const get = await measure(context, 'request-get')
    const post = await measure(context, 'request-post')
    return tabulate({ get: get.ratios, post: post.ratios })
  },
}
