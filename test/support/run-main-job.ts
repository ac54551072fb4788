import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from './child-environment.ts'

const entry = fileURLToPath(new URL('../../examples/main-job/main.ts', import.meta.url))

export interface MainJobOutcome {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs it to its end; with `interruptAt`, sends Ctrl-C as soon as the output so far matches. */
export async function runMainJob(args: string[], environment: Record<string, string> = {}, interruptAt?: RegExp): Promise<MainJobOutcome> {
  const child = spawn(process.execPath, [entry, ...args], {
    env: childEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const isDue = interruptAt?.test(output.stdout + chunk) && !interruptAt.test(output.stdout)
    output.stdout += chunk
    if (isDue) child.kill('SIGINT')
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.stderr += chunk
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, ...output }
}
