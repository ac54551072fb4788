import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'

export interface ScriptResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  /** The JSON of each line that the script printed with `report(…)`. */
  readonly reports: readonly unknown[]
  /** From the script's last report to its exit, ms. */
  readonly exitedAfterMs: number
}

const source = pathToFileURL(join(import.meta.dirname, '../../src/')).href
const preamble = `
import { clientCredentials, defineProvider, refreshToken, TokenManager } from '${source}index.ts'
const report = (value) => process.stdout.write('report:' + JSON.stringify(value) + '\\n')
const origin = process.env.ORIGIN
const provider = defineProvider({ name: 'test', apiUrl: origin + '/api', tokenUrl: origin + '/token' })
const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })
`

/**
 * Runs a module in a Node process of its own, in which a rejection that nobody handles is an uncaught exception. It has
 * `TokenManager`, grants, a `provider` for `origin`, a `grant`, and `report(value)`.
 */
export async function runScript(code: string, env: Record<string, string> = {}): Promise<ScriptResult> {
  const directory = await mkdtemp(join(tmpdir(), 'tokenwell-script-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const file = join(directory, 'script.mjs')
  await writeFile(file, preamble + code)
  const child = spawn(process.execPath, ['--unhandled-rejections=strict', file], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let [stdout, stderr, reportedAt] = ['', '', performance.now()]
  child.stdout.on('data', (chunk) => {
    stdout += chunk
    reportedAt = performance.now()
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    exitCode,
    stdout,
    stderr,
    reports: [...stdout.matchAll(/^report:(.*)$/gm)].map(([, json]) => JSON.parse(json as string)),
    exitedAfterMs: performance.now() - reportedAt,
  }
}
