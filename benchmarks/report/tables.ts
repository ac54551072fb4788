import { type Column, type Figures, medianOf, type Scenario } from '../scenario.ts'
import type { Summary } from '../statistics.ts'
import { type SubjectName, subjectLabels } from '../subject.ts'

export interface Outcome {
  readonly scenario: Scenario
  readonly figures: ReadonlyMap<SubjectName, Figures>
}

/** A Markdown table: a row per subject. The floor's ratios, which are 1, are left out where it has nothing else to tell. */
export function buildTable({ scenario, figures }: Outcome): string {
  const columns = scenario.columns.filter(({ key }) => [...figures.values()].some((row) => row[key] !== undefined))
  const header = ['', ...columns.map(({ heading }) => heading)]
  const rows = [...figures].map(([name, row]) => {
    const label = name === 'tokenwell' ? '**tokenwell**' : subjectLabels[name]
    return [label, ...columns.map((column) => formatFigure(row[column.key], column))]
  })
  return [header, header.map((_, i) => (i === 0 ? ':--' : '--:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** `1.05 (1.03-1.08)`: the median and the middle half of the rounds; a count as it is. */
function formatFigure(figure: Summary | number | undefined, { format }: Column): string {
  if (figure === undefined || Number.isNaN(medianOf(figure))) return '-'
  if (typeof figure === 'number') return format(figure)
  const { median, low, high } = figure
  return low === high ? format(median) : `${format(median)} (${format(low)}-${format(high)})`
}

/** What tokenwell promises, and whether this run kept it. */
export function buildTargetsTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ scenario, figures }) => {
    const own = figures.get('tokenwell')
    if (own === undefined) return []
    return scenario.targets.map(({ text, isReached }) => `| ${scenario.id} | ${text} | ${isReached(own) ? 'reached' : '**missed**'} |`)
  })
  return rows.length === 0 ? '' : ['| | target | this run |', '| :-- | :-- | :-- |', ...rows].join('\n')
}
