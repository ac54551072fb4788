// All that CI looks at, in the order in which it fails fastest; goes on after a failure, so that one run shows all of them.
// The last line counts: `N passed, N failed` (tests, and each step that is not a test and failed).
//
//   npm run check                    everything
//   npm run check -- lint types      only these steps
//
// Each step has a time limit, so that the last line comes in any case; TEST_MINUTES=90 gives the tests more than 40 minutes.
// (Test files have limits of their own: tools/limited-forks.ts, tools/run-log.ts.)
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const scratch = mkdtempSync(join(tmpdir(), 'tokenwell-check-'))
const runLog = join(scratch, 'run.log')
const minuteMs = 60_000
const testMinutes = Number(process.env.TEST_MINUTES ?? 40)

const steps = {
  format: 'biome ci --colors=off .',
  lint: 'oxlint',
  directions: 'npm run --silent directions',
  prose: 'npm run --silent prose',
  types: 'npm run --silent typecheck',
  build: 'npm run --silent build',
  package: 'npm run --silent package',
  size: 'npm run --silent size',
  unused: 'npm run --silent unused',
  tests: 'vitest run',
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(steps)
const unknown = chosen.filter((name) => !(name in steps))
if (unknown.length > 0) {
  console.error(`Unknown step: ${unknown.join(', ')}. There are: ${Object.keys(steps).join(', ')}.`)
  process.exit(2)
}

let passed = 0
let failed = 0
for (const name of chosen) {
  const startedAt = performance.now()
  const isTests = name === 'tests'
  const { code, output } = await run(steps[name], { isLive: isTests, limitMs: (isTests ? testMinutes : 10) * minuteMs })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (code !== 0 && output) console.log(output)
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  const counts = isTests ? countTests() : { passed: 0, failed: 0 }
  passed += counts.passed
  // A step that failed without a failed test (a type error, a crash of the runner) still has to show in the count.
  failed += code !== 0 ? Math.max(1, counts.failed) : counts.failed
}
rmSync(scratch, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || (chosen.includes('tests') && passed === 0) ? 1 : 0

/** Shows the output of a step as it comes, or keeps it until it is known whether anybody needs it. Ends it at its limit. */
function run(command, { isLive, limitMs }) {
  return new Promise((resolve) => {
    // A group of its own, so that all of it can be ended. (Windows has no such groups.)
    const isGroup = process.platform !== 'win32'
    const child = spawn(command, {
      shell: true,
      detached: isGroup,
      env: { ...process.env, RUN_LOG: runLog },
      stdio: ['ignore', isLive ? 'inherit' : 'pipe', isLive ? 'inherit' : 'pipe'],
    })
    const end = () => (isGroup ? process.kill(-child.pid, 'SIGKILL') : child.kill())
    let output = ''
    let isLate = false
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.on('data', (chunk) => (output += chunk))
    const interrupt = () => {
      end()
      process.exit(130)
    }
    process.on('SIGINT', interrupt)
    process.on('SIGTERM', interrupt)
    const limit = setTimeout(() => {
      isLate = true
      end()
    }, limitMs)
    child.on('close', (code) => {
      clearTimeout(limit)
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
      if (isLate) output += `\nIt took longer than ${limitMs / minuteMs} minutes, and was ended.`
      resolve({ code: code ?? 1, output: output.trim() })
    })
  })
}

/** From the log of the run, which says what there was until its end, whatever ended it. */
function countTests() {
  const entries = existsSync(runLog)
    ? readFileSync(runLog, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : []
  const counts = { passed: 0, failed: 0 }
  const running = new Set()
  for (const { began, ended, passed: filePassed = 0, failed: fileFailed = 0, errors = 0 } of entries) {
    if (began) running.add(began)
    running.delete(ended)
    counts.passed += filePassed
    counts.failed += fileFailed + errors
  }
  const isComplete = entries.some(({ errors }) => errors !== undefined)
  if (!isComplete && running.size > 0) console.log(`Not ended: ${[...running].join(', ')}`)
  return isComplete ? counts : { ...counts, failed: counts.failed + Math.max(1, running.size) }
}
