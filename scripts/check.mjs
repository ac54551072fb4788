// All that CI looks at, in the order in which it fails fastest; goes on after a failure, so that one run shows all of them.
// The last line counts: `N passed, N failed` (tests, and each step that is not a test and failed).
//
//   npm run check                    everything
//   npm run check -- lint types      only these steps
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const scratch = mkdtempSync(join(tmpdir(), 'tokenwell-check-'))
const report = join(scratch, 'tests.json')

const steps = {
  format: 'biome ci --colors=off .',
  lint: 'oxlint',
  directions: 'npm run --silent directions',
  types: 'npm run --silent typecheck',
  build: 'npm run --silent build',
  package: 'npm run --silent package',
  size: 'npm run --silent size',
  unused: 'npm run --silent unused',
  tests: `vitest run --reporter=default --reporter=json --outputFile.json="${report}"`,
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
  const { code, output } = await run(steps[name], { live: name === 'tests' })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (code !== 0 && output) console.log(output)
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  const counts = name === 'tests' ? countTests() : { passed: 0, failed: 0 }
  passed += counts.passed
  // A step that failed without a failed test (a type error, a crash of the runner) still has to show in the count.
  failed += code !== 0 ? Math.max(1, counts.failed) : counts.failed
}
rmSync(scratch, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || (chosen.includes('tests') && passed === 0) ? 1 : 0

/** Shows the output of a step as it comes, or keeps it until it is known whether anybody needs it. */
function run(command, { live }) {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => resolve({ code: code ?? 1, output: output.trim() }))
  })
}

function countTests() {
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  const { numPassedTests, numFailedTests, success } = JSON.parse(readFileSync(report, 'utf8'))
  return { passed: numPassedTests, failed: success ? numFailedTests : Math.max(1, numFailedTests) }
}
