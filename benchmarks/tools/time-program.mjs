// Usage: node time-program.mjs FILE: times a program in this fresh process, and prints the times as JSON. Plain JavaScript, so
// that no part of the time is that of a compiler.
//   ms            from here to its answer, or to the end of its import where it has none
//   sinceStartMs  from the start of the process
//   status        what it answered
import { pathToFileURL } from 'node:url'

const program = pathToFileURL(process.argv[2] ?? '').href
/** @type {{ at: number, status: number } | undefined} */
let answer
/** What `console.log` has become in the programs: printing would be timed too. */
Object.assign(globalThis, {
  /** @param {number} status */
  reportAnswer: (status) => {
    answer = { at: performance.now(), status }
  },
})
const startedAt = performance.now()
await import(program)
const endedAt = answer?.at ?? performance.now()
process.stdout.write(JSON.stringify({ ms: endedAt - startedAt, sinceStartMs: endedAt, status: answer?.status }))
process.exit()
