import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatRatio } from '../format.ts'
import { atMost } from '../goals.ts'
import { costOf, type RoundCosts, ratioOf, runRounds } from '../rounds.ts'
import type { Figures, Scenario } from '../scenario.ts'
import { withLoopbackServer } from '../servers/run-loopback-server.ts'
import type { SubjectName } from '../subject.ts'
import { rootOf } from '../tools/build.ts'
import { bundleProgram, packageNames } from '../tools/bundle-program.ts'
import { runProcess } from '../tools/run-process.ts'

/** What the process that runs a program reports: see `time-program.mjs`. */
interface ProgramReport {
  ms: number
  sinceStartMs: number
  status?: number
}

/** `import`: a program that imports the subject's package, and nothing else. `answer`: that of `programs/`. */
type Act = 'import' | 'answer' | 'process'
type Timed = `${Act} ${SubjectName}`

/** Writes the programs beside their packages, as in a user's project. Returns the file of each. */
async function writePrograms(directory: string, names: readonly SubjectName[], origin: string): Promise<Map<Timed, string>> {
  const files = new Map<Timed, string>()
  for (const name of names) {
    const project = join(directory, name)
    const packageName = packageNames[name]
    await mkdir(project)
    if (packageName !== undefined) await linkPackage(project, name, packageName)
    const programs = {
      // Of the floor it is an empty module: what Node itself takes.
      import: packageName === undefined ? '' : `import '${packageName}'\n`,
      answer: await bundleProgram(name, origin, {
        platform: 'node',
        external: Object.values(packageNames),
        define: { 'console.log': 'reportAnswer' },
      }),
    }
    for (const [act, code] of Object.entries(programs) as [Act, string][]) {
      const file = join(project, `${act}.mjs`)
      await writeFile(file, code)
      if (act === 'answer' || name === 'floor' || packageName !== undefined) files.set(`${act} ${name}`, file)
    }
  }
  return files
}

async function linkPackage(project: string, name: SubjectName, packageName: string): Promise<void> {
  const link = join(project, 'node_modules', packageName)
  const isOurs = name === 'tokenwell' || name === 'against'
  const target = isOurs ? rootOf(name) : fileURLToPath(new URL(`../node_modules/${packageName}`, import.meta.url))
  await mkdir(dirname(link), { recursive: true })
  await symlink(target, link, 'dir')
}

/** A fresh process for each program in each round. What `process` is, its `answer` has told on the way. */
async function measure(files: ReadonlyMap<Timed, string>, rounds: number, log: (line: string) => void): Promise<RoundCosts<Timed>> {
  const wholes = new Map<Timed, number[]>()
  const runBatch = async (timed: Timed) => {
    const { ms, sinceStartMs, status } = await runProcess<ProgramReport>('time-program.mjs', [files.get(timed) as string])
    const name = timed.slice(timed.indexOf(' ') + 1) as SubjectName
    if (timed !== `answer ${name}`) return ms
    if (status !== 200) throw new Error(`${name} answered ${status}`)
    wholes.set(`process ${name}`, [...(wholes.get(`process ${name}`) ?? []), sinceStartMs])
    return ms
  }
  // The first round fills the system's cache of files.
  await runRounds([...files.keys()], { rounds: 1, runBatch })
  wholes.clear()
  const costs = await runRounds([...files.keys()], { rounds, log, runBatch })
  return new Map([...costs, ...wholes])
}

export const coldProcess: Scenario = {
  id: 'S12',
  title: 'Cold start of a process: import, and the first answer',
  method:
    'Each figure from fresh processes of its own, interleaved. *Import*: the package, with all that it imports, by a dynamic import; the floor is an ' +
    'empty module. *First answer*: from the first line of the program of S6 to the status of its one call, over loopback: import, construction, ' +
    'token request, call. The floor is two bare fetches, a POST to the token endpoint and a GET with its token. *Whole process*: the same from ' +
    'the start of the process, which adds that of Node. Packages are not bundled, and no compile cache is used.',
  columns: [
    { key: 'import', heading: 'import, ms', format: formatRatio },
    { key: 'importOverKy', heading: 'import, × ky’s', format: formatRatio },
    { key: 'answer', heading: 'first answer, ms', format: formatRatio },
    { key: 'answerOverFloor', heading: 'first answer, × floor', format: formatRatio },
    { key: 'process', heading: 'whole process, ms', format: formatRatio },
    { key: 'processOverFloor', heading: 'whole process, × floor', format: formatRatio },
  ],
  goals: [
    atMost(1 / 3, 'import ≤ a third of ky’s', 'importOverKy'),
    atMost(1.3, 'first answer ≤ 1.3 × two bare fetches', 'answerOverFloor'),
  ],
  run: ({ subjects, isQuick, log }) =>
    withLoopbackServer(async (origin) => {
      const directory = await mkdtemp(join(tmpdir(), 'tokenwell-bench-'))
      try {
        const files = await writePrograms(directory, [...subjects.keys()], origin)
        const costs = await measure(files, isQuick ? 9 : 41, log)
        return new Map([...subjects.keys()].map((name): [SubjectName, Figures] => [name, tabulate(costs, name)]))
      } finally {
        await rm(directory, { recursive: true })
      }
    }),
}

function tabulate(costs: RoundCosts<Timed>, name: SubjectName): Figures {
  return {
    import: costOf(costs, `import ${name}`),
    importOverKy: ratioOf(costs, `import ${name}`, 'import ky'),
    answer: costOf(costs, `answer ${name}`),
    answerOverFloor: ratioOf(costs, `answer ${name}`, 'answer floor'),
    process: costOf(costs, `process ${name}`),
    processOverFloor: ratioOf(costs, `process ${name}`, 'process floor'),
  }
}
