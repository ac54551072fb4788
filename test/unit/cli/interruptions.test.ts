import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { createCommandUser } from '../../support/cli.ts'

const main = resolve(import.meta.dirname, '../../../src/cli/main.ts')
const canMakePipes = spawnSync('mkfifo', ['--version']).status === 0

/** Runs the command in a process of its own, with a silent pipe as standard input, until a first secret was fetched. */
async function start(secret: string, argv: readonly string[]) {
  const user = createCommandUser()
  const [pipe, ready] = [join(user.home, 'pipe'), join(user.home, 'ready')]
  spawnSync('mkfifo', [pipe])
  const options = {
    baseUrl: 'http://127.0.0.1:9',
    clientId: `command:touch ${ready}; echo app`,
    clientSecret: secret.replace('PIPE', pipe),
  }
  user.write({ one: { preset: 'cam2', options } })
  const env = { HOME: user.home, XDG_STATE_HOME: join(user.home, 'state'), PATH: process.env['PATH'], SECRET: 'x' }
  const child = spawn(process.execPath, [main, ...argv], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // What ends by the signal is 130 for a shell.
  const ended = new Promise((end) => child.once('close', (status, signal) => end({ status: signal === 'SIGINT' ? 130 : status, stderr })))
  await expect.poll(() => existsSync(ready), { timeout: 20_000 }).toBe(true)
  return { child, ended }
}

it.runIf(canMakePipes).each([
  ['a secret from a silent pipe', '-', ['token', 'one']],
  ['a secret from a named pipe', 'file:PIPE', ['token', 'one']],
  ['a secret of a command that waits', 'command:exec sleep 60', ['token', 'one']],
  ['data from a silent pipe', 'env:SECRET', ['fetch', 'one', 'x', '-d', '@-']],
])(
  'Ctrl-C while %s is awaited → the command ends with 130, the first time',
  async (_, secret, argv) => {
    const { child, ended } = await start(secret, argv)
    await new Promise((done) => setTimeout(done, 500))
    child.kill('SIGINT')
    const late = new Promise((end) => setTimeout(end, 5_000, 'still there'))
    expect(await Promise.race([ended, late])).toEqual({ status: 130, stderr: '' })
  },
  40_000,
)

it.runIf(canMakePipes)(
  'Ctrl-C while the file of profiles is awaited → the command ends with 130',
  async () => {
    const user = createCommandUser()
    const pipe = join(user.home, 'pipe')
    spawnSync('mkfifo', [pipe])
    const child = spawn('bash', ['-c', '"$0" "$@"; echo $?', process.execPath, main, 'status', '--config', pipe], { detached: true })
    onTestFinished(() => void child.kill('SIGKILL'))
    const printed = text(child.stdout)
    await new Promise((done) => setTimeout(done, 3_000))
    // The shell waits for the command.
    spawnSync('pkill', ['-INT', '-P', String(child.pid)])
    expect(await printed).toBe('130\n')
  },
  40_000,
)
