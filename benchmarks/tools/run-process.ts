import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Runs a file of this directory in a process of its own, and returns what it prints, a JSON text. Its errors go to our own. */
export async function runProcess<T>(file: string, args: readonly string[], nodeOptions: readonly string[] = []): Promise<T> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  // What one run has compiled must not spare the next one its cold start.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' }
  const child = spawn(process.execPath, [...nodeOptions, path, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} ended with status ${status}`)
  return JSON.parse(output) as T
}
