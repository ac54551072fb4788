import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FleetProcessOptions, FleetProcessResult } from './redis-process.ts'

const entry = fileURLToPath(new URL('./redis-process.ts', import.meta.url))

export interface FleetOutcome {
  /** Errors of all processes together, by code. */
  errors: Record<string, number>
  /** The longest wait of any call, ms: among first calls, and among those after. */
  firstMs: number
  longestMs: number
}

/** Runs processes that share one Redis, until each has seen the token that was wanted. */
export async function runFleet(size: number, options: FleetProcessOptions): Promise<FleetOutcome> {
  const results = await Promise.all(Array.from({ length: size }, () => runProcess(options)))
  const errors: Record<string, number> = {}
  for (const result of results) {
    for (const [code, count] of Object.entries(result.errors)) errors[code] = (errors[code] ?? 0) + count
  }
  const longest = (field: 'firstMs' | 'longestMs') => Math.max(...results.map((result) => result[field]))
  return { errors, firstMs: longest('firstMs'), longestMs: longest('longestMs') }
}

async function runProcess(options: FleetProcessOptions): Promise<FleetProcessResult> {
  const child = spawn(process.execPath, [entry, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.stderr += chunk
  })
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`A process of the fleet ended with ${status}:\n${output.stderr}`)
  return JSON.parse(output.stdout) as FleetProcessResult
}
