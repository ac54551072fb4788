import type { scenarioIds } from './arguments.mjs'
import type { Summary } from './statistics.ts'
import type { Subject, SubjectName } from './subject.ts'

export type ScenarioId = (typeof scenarioIds)[number]

/** What a subject did in a scenario: measured in rounds (a summary), counted (a number), or not applicable. */
export type Figures = Readonly<Record<string, Summary | number | undefined>>

export interface Column {
  /** Key in `Figures`. */
  readonly key: string
  readonly heading: string
  readonly format: (value: number) => string
}

/** What tokenwell is to reach. */
export interface Goal {
  readonly text: string
  readonly sign: '≤' | '≥' | '='
  readonly limit: number
  /** Of the columns that it is about: it is met when each of them meets it. */
  readonly keys: readonly string[]
}

export interface Context {
  readonly subjects: ReadonlyMap<SubjectName, Subject>
  /** Fewer rounds, shorter batches: for a look while developing. */
  readonly isQuick: boolean
  readonly log: (line: string) => void
}

export interface Scenario {
  readonly id: ScenarioId
  readonly title: string
  /** How it is measured, for the report: Markdown. */
  readonly method: string
  readonly columns: readonly Column[]
  readonly goals: readonly Goal[]
  readonly run: (context: Context) => Promise<ReadonlyMap<SubjectName, Figures>>
}

/** The figure itself where it was counted, else the median. */
export function medianOf(figure: Summary | number | undefined): number {
  return typeof figure === 'object' ? figure.median : (figure ?? Number.NaN)
}

/** The subjects that ask for tokens: all but the floor. */
export function withoutFloor(subjects: Context['subjects']): [SubjectName, Subject][] {
  return [...subjects].filter(([name]) => name !== 'floor')
}
