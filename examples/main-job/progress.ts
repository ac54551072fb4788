import type { SystemRun } from './run-system.ts'
import { type Column, formatTable } from './table.ts'

/** Shows how the run goes on. */
export interface Progress {
  /** Something happened. */
  note(run: SystemRun, what: string): void
  /** Shows the last figures, and ends. */
  stop(): void
  /** Ends, if it has not ended, and leaves nothing on the screen: an error takes its place. */
  discard(): void
}

export interface ProgressOptions {
  readonly runs: readonly SystemRun[]
  readonly seconds: number
  readonly output: NodeJS.WriteStream
  readonly paint: Paint
}

/** Styles for a terminal, or none. */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly dim: (text: string) => string
}

/** @see https://no-color.org */
export function choosePaint(output: NodeJS.WriteStream, environment: Readonly<Record<string, string | undefined>>): Paint {
  const isPlain = !output.isTTY || Boolean(environment['NO_COLOR']) || environment['TERM'] === 'dumb'
  const style = (code: number) => (text: string) => (isPlain ? text : `\u001B[${code}m${text}\u001B[0m`)
  return { good: style(32), bad: style(31), dim: style(2) }
}

const columns: readonly Column<SystemRun>[] = [
  { title: 'system', rank: 0, text: ({ system }) => system.title },
  { title: 'calls', rank: 1, alignRight: true, text: ({ tally }) => String(tally.calls) },
  { title: 'failed', rank: 3, alignRight: true, text: ({ tally }) => String(tally.failedCalls) },
  { title: 'token requests', rank: 4, alignRight: true, text: ({ tally }) => String(tally.tokenRequests) },
  { title: 'renewals', rank: 2, alignRight: true, text: ({ tally }) => String(tally.renewals) },
  { title: 'recovered', rank: 5, alignRight: true, text: ({ tally }) => String(tally.recovered) },
  { title: 'slowest', rank: 7, alignRight: true, text: ({ tally }) => `${Math.round(tally.slowestMs)} ms` },
  { title: 'token', rank: 6, text: ({ tokens }) => tokens.explain().state },
]

/** A table that is drawn over itself on a terminal; lines anywhere else. */
export function startProgress(options: ProgressOptions): Progress {
  const { output } = options
  return output.isTTY && process.env['TERM'] !== 'dumb' ? startTable(options) : startLines(options)
}

function startLines({ runs, output }: ProgressOptions): Progress {
  const startedAt = performance.now()
  const stamp = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`
  const timer = setInterval(() => {
    for (const { system, tally } of runs) {
      output.write(`${stamp()}  ${system.title}: calls ${tally.calls}, token requests ${tally.tokenRequests}, renewals ${tally.renewals}\n`)
    }
  }, 3_000)
  return {
    note: ({ system }, what) => void output.write(`${stamp()}  ${system.title}: ${what}\n`),
    stop: () => clearInterval(timer),
    discard: () => clearInterval(timer),
  }
}

const redrawMs = 150
const hideCursor = '\u001B[?25l'
const showCursor = '\u001B[?25h'

function startTable({ runs, seconds, output, paint }: ProgressOptions): Progress {
  const startedAt = performance.now()
  const lastNotes = new Map<SystemRun, string>()
  let drawnLines = 0

  const draw = (): void => {
    // One less: a line that fills the terminal would wrap.
    const width = Math.max(20, (output.columns ?? 80) - 1)
    const elapsed = Math.min(seconds, (performance.now() - startedAt) / 1000)
    const [head = '', ...rows] = formatTable(columns, runs, width)
    const notes = [...lastNotes].map(([{ system }, what]) => paint.dim(`${system.title}: ${what}`.slice(0, width)))
    const lines = [progressBar(elapsed, seconds, width), '', paint.dim(head), ...rows, '', ...notes]
    // A terminal can only go back over what it still shows.
    const shown = lines.slice(0, Math.max(1, (output.rows ?? 24) - 1))
    output.write(`${upAndErase()}${shown.join('\n')}\n`)
    drawnLines = shown.length
  }
  const upAndErase = (): string => `${drawnLines > 0 ? `\u001B[${drawnLines}A` : ''}\u001B[0J`

  output.write(hideCursor)
  const timer = setInterval(draw, redrawMs)
  // Whoever ends the program gets the cursor back.
  const restore = (): void => void output.write(showCursor)
  process.once('exit', restore)
  draw()
  let hasEnded = false
  const end = (lastWords: () => void): void => {
    if (hasEnded) return
    hasEnded = true
    clearInterval(timer)
    lastWords()
    restore()
    process.off('exit', restore)
  }
  return {
    note: (run, what) => void lastNotes.set(run, what),
    stop: () => end(draw),
    discard: () => end(() => void output.write(upAndErase())),
  }
}

function progressBar(elapsed: number, seconds: number, width: number): string {
  const figures = `${elapsed.toFixed(1)} of ${seconds} s`
  const length = Math.max(0, Math.min(40, width - figures.length - 2))
  const done = Math.round((elapsed / seconds) * length)
  return `${'█'.repeat(done)}${'░'.repeat(length - done)}  ${figures}`.trimStart()
}
