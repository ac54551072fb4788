import { setTimeout as sleep } from 'node:timers/promises'
import type { ManyManagersReport } from '../scenarios/many-managers.ts'
import { loadSubject, type Session, type Subject, type SubjectName } from '../subject.ts'
import { createManager } from './create-manager.ts'

const chunk = 100
const idleCount = 10_000

/** Creates managers up to each size in turn, all of them kept, and weighs the heap at each. Prints a report as JSON. */
async function main(): Promise<void> {
  const [name = '', ...sizes] = process.argv.slice(2)
  const subject = await loadSubject(name as SubjectName)
  await warmUp(subject)
  const idleBytes = await weighIdle(subject)
  const report: ManyManagersReport = { bytes: {}, micros: {}, idleBytes }
  await weighUsed(subject, sizes.map(Number), report)
  process.stdout.write(JSON.stringify(report))
  process.exit()
}

async function weighUsed(subject: Subject, sizes: readonly number[], report: ManyManagersReport): Promise<void> {
  const largest = sizes.at(-1) as number
  // Of full length from the start: growing, it would be weighed too.
  const managers: (Session | undefined)[] = new Array(largest).fill(undefined)
  const chunkMicros: number[] = []
  const before = await weighHeap()
  let created = 0
  for (const size of sizes) {
    while (created < size) {
      const startedAt = performance.now()
      for (const end = created + chunk; created < end; created++) managers[created] = await createManager(subject, created)
      chunkMicros.push(((performance.now() - startedAt) * 1000) / chunk)
    }
    report.bytes[size] = ((await weighHeap()) - before) / size
    report.micros[size] = median(chunkMicros.slice(size / chunk / 2))
  }
  for (const manager of managers) manager?.dispose?.()
}

async function weighIdle(subject: Subject): Promise<number> {
  const managers: (Session | undefined)[] = new Array(idleCount).fill(undefined)
  const before = await weighHeap()
  for (let i = 0; i < idleCount; i++) managers[i] = await createManager(subject, i, { isUsed: false })
  const bytes = ((await weighHeap()) - before) / idleCount
  for (const manager of managers) manager?.dispose?.()
  return bytes
}

/** So many that the compiler has finished: else the first size looks slow, and growth after it goes unseen. */
async function warmUp(subject: Subject): Promise<void> {
  for (let i = 0; i < 15_000; i++) (await createManager(subject, i)).dispose?.()
}

/** Several collections with pauses: what finalizers and timers hold goes only with the next one. */
async function weighHeap(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    await sleep(20)
    globalThis.gc?.()
  }
  return process.memoryUsage().heapUsed
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

await main()
