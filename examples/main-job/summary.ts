import type { Check } from './checks.ts'
import type { Paint } from './progress.ts'
import type { SystemRun } from './run-system.ts'
import { type Column, formatTable } from './table.ts'

const columns: readonly Column<SystemRun>[] = [
  { title: 'system', rank: 0, text: ({ system }) => system.title },
  { title: 'grant', rank: 1, text: ({ grant }) => grant },
  { title: 'listed', rank: 2, text: ({ system, tally }) => `${tally.items.size} ${system.items}` },
  { title: 'callers', rank: 3, alignRight: true, text: ({ tally }) => String(tally.servedCallers.size) },
  { title: 'calls', rank: 4, alignRight: true, text: ({ tally }) => String(tally.calls) },
  { title: 'token requests', rank: 5, alignRight: true, text: ({ tally }) => String(tally.tokenRequests) },
  { title: 'renewals', rank: 6, alignRight: true, text: ({ tally }) => String(tally.renewals) },
  { title: 'rejected', rank: 7, alignRight: true, text: ({ tally }) => String(tally.rejected) },
  { title: 'recovered', rank: 8, alignRight: true, text: ({ tally }) => String(tally.recovered) },
  { title: 'slowest', rank: 9, alignRight: true, text: ({ tally }) => `${Math.round(tally.slowestMs)} ms` },
]

/** The closing summary: one table or two, where they fit, else one block a system, so that nothing is left out. */
export function formatSummary(runs: readonly SystemRun[], width: number): string {
  const [system, ...others] = columns as [Column<SystemRun>, ...Column<SystemRun>[]]
  const tableOf = (shown: readonly Column<SystemRun>[]): string[] => formatTable([system, ...shown], runs, Number.POSITIVE_INFINITY)
  const half = Math.ceil(others.length / 2)
  for (const tables of [[tableOf(others)], [tableOf(others.slice(0, half)), tableOf(others.slice(half))]]) {
    const isFitting = tables.flat().every((line) => line.length <= width)
    if (isFitting) return tables.map((lines) => lines.join('\n')).join('\n\n')
  }
  return runs.map((run) => columns.map(({ title, text }) => `${title}: ${text(run)}`).join('\n')).join('\n\n')
}

/** One line a promise; those that were broken say what was seen. */
export function formatChecks(title: string, checks: readonly Check[], paint: Paint): string {
  const kept = checks.filter(({ isKept }) => isKept).length
  const broken = checks.filter(({ isKept }) => !isKept)
  const head = `${title}: ${kept} of ${checks.length} promises kept`
  if (broken.length === 0) return `${paint.good('✓')} ${head}`
  return [`${paint.bad('✗')} ${head}`, ...broken.map(({ name, detail }) => `  ${paint.bad('not seen:')} ${name} (${detail})`)].join('\n')
}
