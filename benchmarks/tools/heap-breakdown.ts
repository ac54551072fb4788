import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapSnapshot } from 'node:v8'
import { loadSubject, type Session, type SubjectName } from '../subject.ts'
import { createManager } from './create-manager.ts'
import { type KindTotals, type Snapshot, sumUpByKind } from './sum-up-snapshot.ts'

// Usage: npx node --expose-gc benchmarks/tools/heap-breakdown.ts [subject] [count] [--idle]
// What a manager consists of on the heap: per kind of object, how many and how many bytes, for one manager.

/** As one text: a map of thousands of objects would stand in the next snapshot. */
async function takeTotals(): Promise<string> {
  for (let i = 0; i < 4; i++) {
    await sleep(20)
    globalThis.gc?.()
  }
  const parts: Buffer[] = []
  for await (const part of getHeapSnapshot()) parts.push(part as Buffer)
  return JSON.stringify([...sumUpByKind(JSON.parse(Buffer.concat(parts).toString()) as Snapshot)])
}

const parseTotals = (text: string): KindTotals => new Map(JSON.parse(text) as [string, { count: number; bytes: number }][])

function printDifference(before: KindTotals, after: KindTotals, managers: number): void {
  const rows = [...after].map(([kind, { count, bytes }]) => {
    const base = before.get(kind) ?? { count: 0, bytes: 0 }
    return { kind, count: (count - base.count) / managers, bytes: (bytes - base.bytes) / managers }
  })
  const total = rows.reduce((sum, { bytes }) => sum + bytes, 0)
  console.log('   bytes   count  kind')
  // What is there once in ten managers, or less, is not part of a manager: tables that grow, compiled code.
  for (const { kind, count, bytes } of rows.filter((row) => row.count > 0.1).toSorted((a, b) => b.bytes - a.bytes)) {
    console.log(`${bytes.toFixed(0).padStart(8)}${count.toFixed(2).padStart(8)}  ${kind}`)
  }
  console.log(`${total.toFixed(0).padStart(8)}          in all, per manager`)
}

async function main(name = 'tokenwell', count = 20_000, isUsed = true): Promise<void> {
  const subject = await loadSubject(name as SubjectName)
  for (let i = 0; i < 2000; i++) (await createManager(subject, i, { isUsed })).dispose?.()
  const managers: (Session | undefined)[] = new Array(count).fill(undefined)
  const before = await takeTotals()
  for (let i = 0; i < count; i++) managers[i] = await createManager(subject, i, { isUsed })
  printDifference(parseTotals(before), parseTotals(await takeTotals()), count)
  for (const manager of managers) manager?.dispose?.()
}

const positional = process.argv.slice(2).filter((arg) => arg !== '--idle')
await main(positional[0], positional[1] === undefined ? undefined : Number(positional[1]), !process.argv.includes('--idle'))
process.exit()
