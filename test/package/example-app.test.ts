import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const main = resolve(import.meta.dirname, '../../examples/browser/server/main.ts')

function run(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  return { child, output }
}

it('the example is started with the published package → one address, a page there, and Ctrl-C ends it', async () => {
  const { child, output } = run('--port', '0')
  await expect.poll(() => output.stdout, { timeout: 30_000 }).toContain('Ctrl-C ends it.')
  expect(output.stdout.match(/http:\/\/\S+/g)).toHaveLength(1)
  const [url = ''] = output.stdout.match(/http:\/\/\S+/) ?? []
  const page = await fetch(url)
  expect(await page.text()).toContain('<h1>Cities and cameras</h1>')
  // A tab that listens must not keep it from ending.
  const stream = await fetch(`${url}/events`, { headers: { cookie: page.headers.get('set-cookie')?.split(';')[0] ?? '' } })
  expect(stream.status).toBe(200)
  child.kill('SIGINT')
  const [code] = await once(child, 'close')
  expect([code, await stream.text().catch(() => 'cut')]).toEqual([0, expect.any(String)])
  expect(output.stderr).toBe('')
})

it('a wrong command line → says which option, and exits with 2', async () => {
  const { child, output } = run('--port', 'x')
  const [code] = await once(child, 'close')
  expect([code, output.stderr]).toEqual([2, expect.stringContaining('--port must be a number')])
})
