import { findWorst, isMet } from '../goals.ts'
import { type Column, type Figures, type Goal, medianOf, type Scenario } from '../scenario.ts'
import type { Summary } from '../statistics.ts'
import { labelOf, type SubjectName } from '../subject.ts'

export interface Outcome {
  readonly scenario: Scenario
  readonly figures: ReadonlyMap<SubjectName, Figures>
}

/** A Markdown table: a row per subject, and under tokenwell's its goals. Columns that nobody has a figure for are left out. */
export function buildTable({ scenario, figures }: Outcome): string {
  const columns = scenario.columns.filter(({ key }) => [...figures.values()].some((row) => row[key] !== undefined))
  const header = ['', ...columns.map(({ heading }) => heading)]
  const rows = [...figures].flatMap(([name, row]) => {
    const cells = columns.map((column) => formatFigure(row[column.key], column))
    if (name !== 'tokenwell') return [[labelOf(name), ...cells]]
    const verdicts = columns.map((column) => formatGoal(scenario.goals, row, column))
    return [['**tokenwell**', ...cells], ...(verdicts.some(Boolean) ? [['*its goal*', ...verdicts]] : [])]
  })
  return [header, header.map((_, i) => (i === 0 ? ':--' : '--:')), ...rows].map(buildRow).join('\n')
}

/** What tokenwell is to reach, what it reached, and the verdict. Of a goal about several figures the worst is shown. */
export function buildGoalsTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ scenario, figures }) =>
    scenario.goals.flatMap((goal) => {
      const worst = findWorst(goal, figures.get('tokenwell') ?? {})
      const column = scenario.columns.find(({ key }) => key === goal.keys[0])
      if (worst === undefined || column === undefined) return []
      return [[scenario.id, goal.text, formatFigure(worst, column), isMet(goal, medianOf(worst)) ? 'met' : '**missed**']]
    }),
  )
  if (rows.length === 0) return ''
  return [['', 'goal', 'this run', ''], [':--', ':--', '--:', ':--'], ...rows].map(buildRow).join('\n')
}

function buildRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** `1.05 (1.03-1.08)`: the median and the middle half of the rounds; a count as it is. */
function formatFigure(figure: Summary | number | undefined, { format }: Column): string {
  if (figure === undefined || Number.isNaN(medianOf(figure))) return '-'
  if (typeof figure === 'number') return format(figure)
  const { median, low, high } = figure
  return low === high ? format(median) : `${format(median)} (${format(low)}-${format(high)})`
}

function formatGoal(goals: readonly Goal[], figures: Figures, { key, format }: Column): string {
  const value = medianOf(figures[key])
  const goal = goals.find(({ keys }) => keys.includes(key))
  if (goal === undefined || Number.isNaN(value)) return ''
  const limit = goal.sign === '=' ? format(goal.limit) : `${goal.sign} ${format(goal.limit)}`
  return `${limit}: ${isMet(goal, value) ? 'met' : '**missed**'}`
}
