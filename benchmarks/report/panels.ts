import { scenarioIds } from '../arguments.mjs'
import { formatCount, formatRatio } from '../format.ts'
import { type Figures, medianOf, type ScenarioId } from '../scenario.ts'
import { labelOf } from '../subject.ts'
import type { Panel } from './plot.ts'
import type { Outcome } from './tables.ts'

type Drawn = Omit<Panel, 'rows'> & { readonly id: ScenarioId }
/** Ours and others, by one figure. */
type Choice = Drawn & { readonly pick: (figures: Figures) => number }
/** Ours alone, by several figures: what each bar is called, by the figure's key. */
type OwnChoice = Drawn & { readonly labels: Readonly<Record<string, string>>; readonly yardstick?: string }

const ratio = { scale: 'log', from: 1, format: formatRatio } as const
const count = { scale: 'linear', from: 0, format: formatCount } as const
const logCount = { scale: 'log', from: 0.5, format: formatCount } as const

const choices: readonly Choice[] = [
  { ...ratio, id: 'S1', title: 'S1: cached token, instant fetch, GET', unit: '× floor (log)', pick: ({ many }) => medianOf(many) },
  { ...ratio, id: 'S1', title: 'S1: the same, POST', unit: '× floor (log)', pick: ({ post }) => medianOf(post) },
  { ...ratio, id: 'S1a', title: 'S1a: a fetch that builds a Request, GET', unit: '× floor (log)', pick: ({ get }) => medianOf(get) },
  { ...ratio, id: 'S1a', title: 'S1a: the same, POST', unit: '× floor (log)', pick: ({ post }) => medianOf(post) },
  { ...ratio, id: 'S1a', title: 'S1a: GET by Request', unit: '× floor (log)', pick: ({ requestGet }) => medianOf(requestGet) },
  { ...ratio, id: 'S1a', title: 'S1a: POST by Request', unit: '× floor (log)', pick: ({ requestPost }) => medianOf(requestPost) },
  {
    ...count,
    format: formatRatio,
    id: 'S2',
    title: 'S2: HTTP, 64 calls at a time',
    unit: 'requests/s, share of floor; more is better',
    pick: ({ concurrent }) => medianOf(concurrent),
  },
  {
    ...logCount,
    id: 'S3',
    title: 'S3: 1 000 calls, no token yet',
    unit: 'token requests (log)',
    pick: ({ tokenRequests }) => medianOf(tokenRequests),
  },
  {
    ...logCount,
    id: 'S4',
    title: 'S4: 1 000 calls in flight, tokens revoked',
    unit: 'failed calls, and token requests beyond the one that is needed (log)',
    pick: ({ failed, tokenRequests }) => medianOf(failed) + Math.max(0, medianOf(tokenRequests) - 1),
  },
  { ...count, id: 'S5', title: 'S5: 2 000 calls, tokens live 2 s', unit: 'calls over 100 ms', pick: ({ slow }) => medianOf(slow) },
  { ...logCount, from: 100, id: 'S6', title: 'S6: smallest program', unit: 'gzip bytes (log)', pick: ({ gzip }) => medianOf(gzip) },
  { ...count, id: 'S7', title: 'S7: 100 000 managers', unit: 'heap bytes each', pick: ({ bytes100000 }) => medianOf(bytes100000) },
  { ...count, id: 'S12', title: 'S12: cold process, import', unit: 'ms', pick: (figures) => medianOf(figures['import']) },
  {
    ...ratio,
    scale: 'linear',
    from: 0,
    id: 'S12',
    title: 'S12: cold process, first answer',
    unit: '× two bare fetches',
    pick: ({ answerOverFloor }) => medianOf(answerOverFloor),
  },
]

const others = { web: 'web storage', encrypted: 'encrypted', file: 'file', redis: 'Redis' }

const ownChoices: readonly OwnChoice[] = [
  {
    ...count,
    format: formatRatio,
    id: 'S8',
    title: 'S8: cached token, with each store',
    unit: '× memory',
    labels: { control: 'memory again', ...others },
    yardstick: 'control',
  },
  { ...ratio, from: 0.01, id: 'S9', title: 'S9: a renewal through each store', unit: 'ms (log)', labels: { memory: 'memory', ...others } },
  {
    ...count,
    id: 'S10',
    title: 'S10: managers on one store, at an expiry',
    unit: 'ms until the last has its token; the endpoint takes 50',
    labels: {
      memoryWaiting1: '1, memory',
      memoryWaiting16: '16, memory',
      memoryWaiting64: '64, memory',
      fileWaiting1: '1, file',
      fileWaiting16: '16, file',
      fileWaiting64: '64, file',
    },
  },
  {
    ...count,
    format: formatRatio,
    id: 'S11',
    title: 'S11: through the proxy',
    unit: '× a bare relay; tokens.fetch × fetch',
    labels: {
      'proxy/relay 1': 'proxy, 1 at a time',
      'proxy/relay 64': 'proxy, 64',
      'tokens/plain 1': 'tokens.fetch, 1',
      'tokens/plain 64': 'tokens.fetch, 64',
    },
  },
  {
    ...ratio,
    id: 'S13',
    title: 'S13: start over a full store',
    unit: 'ms until all managers have their token (log)',
    labels: {
      memoryFew: '10, memory',
      memoryMany: '1 000, memory',
      fileFew: '10, file',
      fileMany: '1 000, file',
      redisFew: '10, Redis',
      redisMany: '1 000, Redis',
    },
  },
]

/** What of the figures is drawn: a panel or more a scenario, in the order of the report. */
export function choosePanels(outcomes: readonly Outcome[]): Panel[] {
  const figuresOf = (id: ScenarioId) => outcomes.find(({ scenario }) => scenario.id === id)?.figures
  const panels = choices.flatMap(({ id, pick, ...panel }) => {
    const shown = [...(figuresOf(id) ?? [])].filter(([name]) => name !== 'floor')
    const all = shown.map(([name, figures]) => ({ label: labelOf(name), value: pick(figures), isOurs: name === 'tokenwell' }))
    // A subject that cannot do the work has no figure.
    const rows = all.filter(({ value }) => !Number.isNaN(value))
    return rows.length > 0 ? [{ ...panel, id, rows }] : []
  })
  const ownPanels = ownChoices.flatMap(({ id, labels, yardstick, ...panel }) => {
    const figures = figuresOf(id)?.get('tokenwell') ?? {}
    // A store that is not installed has no figure.
    const shown = Object.entries(labels).filter(([key]) => figures[key] !== undefined)
    const rows = shown.map(([key, label]) => ({ label, value: medianOf(figures[key]), isOurs: key !== yardstick }))
    return rows.length > 0 ? [{ ...panel, id, rows }] : []
  })
  return [...panels, ...ownPanels].toSorted((a, b) => scenarioIds.indexOf(a.id) - scenarioIds.indexOf(b.id))
}
