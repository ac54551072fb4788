import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArguments, scenarioIds, subjectNames } from './arguments.mjs'
import { describeLoad, describeMachine, sampleLoad } from './machine.ts'
import { buildPage, buildTables } from './report/page.ts'
import { choosePanels } from './report/panels.ts'
import { buildPlot } from './report/plot.ts'
import type { Outcome } from './report/tables.ts'
import type { Context, Scenario, ScenarioId } from './scenario.ts'
import { coldProcess } from './scenarios/cold-process.ts'
import { hotPath, hotPathWithRequest } from './scenarios/hot-path.ts'
import { judgedReplies } from './scenarios/judged-replies.ts'
import { loopback } from './scenarios/loopback.ts'
import { managerStart } from './scenarios/manager-start.ts'
import { manyManagers } from './scenarios/many-managers.ts'
import { proxy } from './scenarios/proxy.ts'
import { sharedStore } from './scenarios/shared-store.ts'
import { shortTokens } from './scenarios/short-tokens.ts'
import { size } from './scenarios/size.ts'
import { storeHotPath } from './scenarios/store-hot-path.ts'
import { storeRenewals } from './scenarios/store-renewals.ts'
import { coldStart, revocation } from './scenarios/storms.ts'
import { loadSubject, type Subject, type SubjectName } from './subject.ts'
import { setAgainst } from './tools/build.ts'
import { verifySubject } from './verify.ts'

const scenarios: Readonly<Record<ScenarioId, Scenario>> = {
  S1: hotPath,
  S1a: hotPathWithRequest,
  S1b: judgedReplies,
  S2: loopback,
  S3: coldStart,
  S4: revocation,
  S5: shortTokens,
  S6: size,
  S7: manyManagers,
  S8: storeHotPath,
  S9: storeRenewals,
  S10: sharedStore,
  S11: proxy,
  S12: coldProcess,
  S13: managerStart,
}

async function main(args: readonly string[]): Promise<void> {
  const { scenarioIds: chosen, subjects: names, isQuick, against, out } = parseArguments(args)
  if (against !== undefined) setAgainst(against)
  const machine = describeMachine()
  console.log(`${machine}\n`)
  const subjects = await loadSubjects(against === undefined ? names : withAgainst(names))
  const outcomes: Outcome[] = []
  const loads: number[] = []
  for (const scenario of chosen.map((id) => scenarios[id])) {
    loads.push(await sampleLoad(500))
    const figures = await scenario.run(createContext(scenario, subjects, isQuick))
    outcomes.push({ scenario, figures })
    console.log(buildTables(outcomes.slice(-1)))
  }
  const load = describeLoad(loads)
  console.log(load)
  const isWhole = !isQuick && against === undefined && chosen.length === scenarioIds.length && names.length === subjectNames.length
  const directory = out ?? (isWhole ? fileURLToPath(new URL('../docs', import.meta.url)) : undefined)
  if (directory !== undefined) await writeReport(directory, outcomes, `${machine}. ${load}`)
}

/** Beside the build of this checkout. */
function withAgainst(names: readonly SubjectName[]): SubjectName[] {
  return names.flatMap((name) => (name === 'tokenwell' ? [name, 'against'] : [name]))
}

async function writeReport(directory: string, outcomes: readonly Outcome[], circumstances: string): Promise<void> {
  const [page, plot] = ['benchmarks.md', 'benchmarks.svg'].map((name) => join(directory, name)) as [string, string]
  await mkdir(directory, { recursive: true })
  await writeFile(page, buildPage(outcomes, circumstances))
  await writeFile(plot, buildPlot(choosePanels(outcomes)))
  console.log(`Written: ${page}, ${plot}`)
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
