import { setImmediate as turn } from 'node:timers/promises'
import { runRounds } from '../rounds.ts'
import type { HotPathReport } from '../scenarios/hot-path.ts'
import { createPrimedSession } from '../servers/instant-stub.ts'
import { loadSubject, type Session, type SubjectName } from '../subject.ts'
import { urlCount, type Work, type WorkName, works } from './hot-path-work.ts'
import { readProcessorTime } from './processor-time.ts'

// Short and many: a disturbance of a tenth of a second spoils four rounds of fifty, not one of five.
const batchMs = 25

/** Times the calls of all subjects that can do this work, in interleaved rounds. Prints a report as JSON. */
async function main([workName = '', rounds = '', ...names]: readonly string[]): Promise<void> {
  const work: Work = works[workName as WorkName]
  const prepared = new Map<SubjectName, { session: Session; count: number }>()
  for (const name of names as SubjectName[]) {
    const subject = await loadSubject(name)
    if (work.givesRequest && !subject.takesRequests) continue
    const session = await createPrimedSession(subject, work)
    prepared.set(name, { session, count: await calibrate(session, work) })
  }
  const report: HotPathReport = await runRounds([...prepared.keys()], {
    rounds: Number(rounds),
    yardstick: 'floor',
    runBatch: async (name) => {
      const { session, count } = prepared.get(name) as { session: Session; count: number }
      return timeCalls(session, work, count)
    },
  }).then((costs) => [...costs])
  process.stdout.write(JSON.stringify(report))
  process.exit()
}

/** Nanoseconds a call, of processor time. */
async function timeCalls({ call }: Session, { urls, init, givesRequest }: Work, count: number): Promise<number> {
  // Until the event loop turns, V8 keeps what a WeakRef was made for, and a `Request` of another one makes such a reference. Without
  // a turn all of them would be kept to the end, and each batch would pay for those before it.
  await turn()
  const startedAt = readProcessorTime()
  if (givesRequest) for (let i = 0; i < count; i++) await call(new Request(urls[i & (urlCount - 1)] as string, init))
  else for (let i = 0; i < count; i++) await call(urls[i & (urlCount - 1)] as string, init)
  return (readProcessorTime() - startedAt) / count
}

/** Warms up until the compiler has nothing left to do, and returns how many calls fill a batch. */
async function calibrate(session: Session, work: Work): Promise<number> {
  let count = 500
  let nsPerCall = await timeCalls(session, work, count)
  for (let i = 0; i < 6; i++) {
    // Processor time has been seen to stand still where a system counts it in steps.
    count = Math.max(100, Math.round((batchMs * 1e6) / Math.max(10, nsPerCall)))
    nsPerCall = await timeCalls(session, work, count)
  }
  return count
}

await main(process.argv.slice(2))
