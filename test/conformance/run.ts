// Runs the OAuth scenarios of @modelcontextprotocol/conformance against test/conformance/client.ts, and writes docs/conformance.md:
// `npm run test:conformance`. Exit status 1 where one fails that is ours.
import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { excused, tries } from './scenarios.ts'

interface Check {
  readonly id: string
  readonly name: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED'
}

interface Outcome {
  readonly scenario: string
  /** The versions of the specification that it belongs to. */
  readonly versions: string
  readonly passed: number
  readonly failed: readonly string[]
}

const root = resolve(import.meta.dirname, '../..')
const suite = join(root, 'tools/conformance/node_modules/@modelcontextprotocol/conformance')
const { version } = JSON.parse(readFileSync(join(suite, 'package.json'), 'utf8')) as { version: string }
const client = `${process.execPath} ${join(root, 'test/conformance/client.ts')}`

const outcomes: Outcome[] = []
for (const { scenario, versions } of await listScenarios()) {
  const outcome = { scenario, versions, ...(await runScenario(scenario)) }
  outcomes.push(outcome)
  console.log(`${resultOf(outcome)}: ${scenario} (${outcome.passed} checks passed)`)
}
writeFileSync(join(root, 'docs/conformance.md'), buildPage(outcomes))
// What has begun to pass is ours from then on.
const isWrong = outcomes.some((outcome) => resultOf(outcome) === 'FAILED' || (outcome.failed.length === 0 && outcome.scenario in excused))
process.exitCode = isWrong || outcomes.length === 0 ? 1 : 0

async function listScenarios(): Promise<{ scenario: string; versions: string }[]> {
  const { output } = await runSuite(['list'])
  return [...output.matchAll(/^ +- (auth\/\S+) \[([^\]]*)\]$/gm)].map(([, scenario = '', versions = '']) => ({
    scenario,
    versions: versions.replaceAll(',', ', '),
  }))
}

async function runScenario(scenario: string): Promise<Pick<Outcome, 'passed' | 'failed'>> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwell-conformance-'))
  try {
    const { status } = await runSuite(['client', '--command', client, '--scenario', scenario, '--output-dir', folder])
    const [path] = globSync('**/checks.json', { cwd: folder })
    const checks = path === undefined ? [] : (JSON.parse(readFileSync(join(folder, path), 'utf8')) as Check[])
    const failed = checks.filter((check) => check.status === 'FAILURE' || check.status === 'WARNING').map(({ id }) => id)
    const passed = checks.filter((check) => check.status === 'SUCCESS').length
    // The suite also looks at how the client ended.
    return { passed, failed: failed.length === 0 && (status !== 0 || passed === 0) ? ['exit-status'] : [...new Set(failed)] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runSuite(args: readonly string[]): Promise<{ status: number; output: string }> {
  return new Promise((done) => {
    const options = { timeout: 120_000, maxBuffer: 64 * 1024 * 1024 }
    execFile(process.execPath, [join(suite, 'dist/index.js'), ...args], options, (error, output) => done({ status: error ? 1 : 0, output }))
  })
}

function resultOf({ scenario, failed }: Outcome): 'pass' | 'excused' | 'FAILED' {
  if (failed.length === 0) return 'pass'
  return scenario in excused ? 'excused' : 'FAILED'
}

function buildPage(all: readonly Outcome[]): string {
  const passes = all.filter((outcome) => resultOf(outcome) === 'pass').length
  const rows = all.map((outcome) => {
    const { scenario, versions, passed, failed } = outcome
    const result = resultOf(outcome)
    const because = { pass: 'pass', excused: excused[scenario], FAILED: `FAILED: ${failed.join(', ')}` }[result]
    return `| \`${scenario.replace('auth/', '')}\` | ${versions} | ${tries[scenario] ?? ''} | ${passed} | ${because} |`
  })
  return `${head(passes, all.length)}\n${rows.join('\n')}\n`
}

function head(passes: number, all: number): string {
  return `# Conformance

\`\`\`sh
npm run test:conformance
\`\`\`

This command runs the OAuth scenarios of [@modelcontextprotocol/conformance](https://www.npmjs.com/package/@modelcontextprotocol/conformance)
${version}, and writes this page. The scenarios are made by the authors of the Model Context Protocol, and run on this machine alone.
Each one starts an authorization server and a protected resource, and looks at what a client sends to them.

The client is \`test/conformance/client.ts\`. It uses the public API of tokenwell: \`discover()\`,
\`createAuthorizationUrl()\`, \`completeSignIn()\`, \`privateKeyJwt()\`, \`tokenExchange()\` and \`tokens.fetch\`.

**${passes} of ${all} scenarios pass.** A scenario passes where none of its checks fails or warns.

## The client

- **It registers itself with a plain \`fetch\`.** Dynamic registration (RFC 7591) is no part of tokenwell.
- **It reads \`resource_metadata\` and \`scope\` of the first 401 itself**, and hands them to \`discover()\`.
- **It takes the issuer that the resource names.** A program of yours says who may get its secret: \`discover({ issuer })\`.
- **It asks for more rights once.** The event \`warning\` with \`insufficient_scope\` says which ones.

## The scenarios

| scenario | specification | what it tries | checks passed | result |
| --- | --- | --- | --- | --- |`
}
