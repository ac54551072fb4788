import { parseArgs } from 'node:util'
import { type SubjectName, subjectNames } from './subject.ts'

export interface Arguments {
  /** Ids of scenarios; all when none is named. */
  readonly scenarioIds: readonly string[]
  readonly subjects: readonly SubjectName[]
  readonly isQuick: boolean
}

export const usage = `npm run bench -- [--quick] [--subjects=a,b] [--no-build] [S1 S1a …]

  --quick      fewer rounds, shorter batches, up to 10 000 managers
  --subjects   only these, and the floor (${subjectNames.join(', ')})
  --no-build   measure dist/ as it is

Only a run of everything, not --quick, writes docs/benchmarks.md and docs/benchmarks.svg.`

/** Throws an `Error` whose message says what is wrong. */
export function parseArguments(args: readonly string[], knownIds: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, subjects: { type: 'string' }, 'no-build': { type: 'boolean' } },
  })
  const scenarioIds = positionals.map((id) => {
    const known = knownIds.find((candidate) => candidate.toLowerCase() === id.toLowerCase())
    if (known === undefined) throw new Error(`There is no scenario ${id}. There are: ${knownIds.join(', ')}`)
    return known
  })
  const wanted = values.subjects?.split(',') ?? subjectNames
  const unknown = wanted.find((name) => !subjectNames.some((known) => known === name))
  if (unknown !== undefined) throw new Error(`There is no subject ${unknown}. There are: ${subjectNames.join(', ')}`)
  // The floor is what the others are compared with.
  const subjects = subjectNames.filter((name) => name === 'floor' || wanted.includes(name))
  return { scenarioIds: scenarioIds.length > 0 ? scenarioIds : knownIds, subjects, isQuick: values.quick }
}
