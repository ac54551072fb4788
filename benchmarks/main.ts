import { writeFile } from 'node:fs/promises'
import { parseArguments, usage } from './arguments.ts'
import { describeMachine } from './machine.ts'
import { buildPage, buildTables } from './report/page.ts'
import { choosePanels } from './report/panels.ts'
import { buildPlot } from './report/plot.ts'
import type { Context, Scenario } from './scenario.ts'
import { hotPath, hotPathWithRequest } from './scenarios/hot-path.ts'
import { loopback } from './scenarios/loopback.ts'
import { manyManagers } from './scenarios/many-managers.ts'
import { proxy } from './scenarios/proxy.ts'
import { sharedStore } from './scenarios/shared-store.ts'
import { shortTokens } from './scenarios/short-tokens.ts'
import { size } from './scenarios/size.ts'
import { storeHotPath } from './scenarios/store-hot-path.ts'
import { storeRenewals } from './scenarios/store-renewals.ts'
import { coldStart, revocation } from './scenarios/storms.ts'
import { loadSubject, type Subject, type SubjectName, subjectNames } from './subject.ts'
import { verifySubject } from './verify.ts'

const scenarios: readonly Scenario[] = [
  hotPath,
  hotPathWithRequest,
  loopback,
  coldStart,
  revocation,
  shortTokens,
  size,
  manyManagers,
  storeHotPath,
  storeRenewals,
  sharedStore,
  proxy,
]

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) return console.log(usage)
  const {
    scenarioIds,
    subjects: names,
    isQuick,
  } = parseArguments(
    args,
    scenarios.map(({ id }) => id),
  )
  const machine = describeMachine()
  console.log(`${machine}\n`)
  const subjects = await loadSubjects(names)
  const selected = scenarios.filter(({ id }) => scenarioIds.includes(id))
  const outcomes = []
  for (const scenario of selected) {
    const figures = await scenario.run(createContext(scenario, subjects, isQuick))
    const outcome = { scenario, figures }
    outcomes.push(outcome)
    console.log(buildTables([outcome]))
  }
  if (isQuick || selected.length < scenarios.length || names.length < subjectNames.length) return
  const docs = new URL('../docs', import.meta.url)
  await writeFile(new URL('benchmarks.md', docs), buildPage(outcomes, machine))
  await writeFile(new URL('benchmarks.svg', docs), buildPlot(choosePanels(outcomes)))
  console.log('Written: docs/benchmarks.md, docs/benchmarks.svg')
}

/** Only those that really authenticate are measured: a subject that does not, ends the run. */
async function loadSubjects(names: readonly SubjectName[]): Promise<Map<SubjectName, Subject>> {
  const subjects = new Map<SubjectName, Subject>()
  for (const name of names) {
    const subject = await loadSubject(name)
    await verifySubject(subject, name === 'floor').catch((error: unknown) => {
      throw new Error(`${name} does not do its work`, { cause: error })
    })
    subjects.set(name, subject)
  }
  return subjects
}

function createContext({ id, title }: Scenario, subjects: Map<SubjectName, Subject>, isQuick: boolean): Context {
  console.log(`${id}  ${title}`)
  const startedAt = performance.now()
  const log = (line: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${((performance.now() - startedAt) / 1000).toFixed(0)} s  ${line}\r`)
  }
  return { subjects, isQuick, log }
}

await main(process.argv.slice(2))
// Connections that are kept alive, and timers of peers that are not ours to stop, would hold the process.
process.exit()
