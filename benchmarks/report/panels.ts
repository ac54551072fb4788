import { formatCount, formatRatio } from '../format.ts'
import { type Figures, medianOf } from '../scenario.ts'
import { subjectLabels } from '../subject.ts'
import type { Panel } from './plot.ts'
import type { Outcome } from './tables.ts'

type Choice = Omit<Panel, 'rows'> & { readonly id: string; readonly pick: (figures: Figures) => number }

const ratio = { scale: 'log', from: 1, format: formatRatio } as const
const count = { scale: 'linear', from: 0, format: formatCount } as const
const logCount = { scale: 'log', from: 0.5, format: formatCount } as const

const choices: readonly Choice[] = [
  { ...ratio, id: 'S1', title: 'S1: cached token, instant fetch', unit: '× floor (log)', pick: ({ many }) => medianOf(many) },
  { ...ratio, id: 'S1a', title: 'S1a: the same, building a Request', unit: '× floor (log)', pick: ({ get }) => medianOf(get) },
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
]

/** What of the figures is drawn: one panel a scenario. */
export function choosePanels(outcomes: readonly Outcome[]): Panel[] {
  return choices.flatMap(({ id, pick, ...panel }) => {
    const outcome = outcomes.find(({ scenario }) => scenario.id === id)
    if (outcome === undefined) return []
    const shown = [...outcome.figures].filter(([name]) => name !== 'floor')
    const rows = shown.map(([name, figures]) => ({ label: subjectLabels[name], value: pick(figures), isOurs: name === 'tokenwell' }))
    return [{ ...panel, rows }]
  })
}
