import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { startEmulator } from '../../src/testing/emulation/start-emulator.ts'
import { createCamdramVisitor } from '../support/camdram-visitor.ts'
import { childEnvironment } from '../support/child-environment.ts'

const example = fileURLToPath(new URL('../../examples/sign-in-cli.ts', import.meta.url))
const useSources = new URL('../support/use-sources.ts', import.meta.url).href

interface Run {
  readonly child: ChildProcess
  readonly output: { stdout: string; stderr: string }
  /** The address that it prints for the browser. */
  readonly address: Promise<URL>
  /** Its exit status, when it has ended. */
  readonly ended: Promise<number | null>
}

function runExample(environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ['--import', useSources, example], {
    env: childEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  const ended = once(child, 'close').then(([status]) => status as number | null)
  const address = new Promise<URL>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output.stdout += chunk
      const found = /^ {2}(http\S+)\n/m.exec(output.stdout)?.[1]
      if (found) resolve(new URL(found))
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      output.stderr += chunk
    })
    ended.then(() => reject(new Error(`It ended without an address: ${output.stderr}`)))
  })
  address.catch(() => {})
  return { child, output, address, ended }
}

it('a user who signs in in a browser → is told so there, and sees the shows on the command line; exit status 0', async () => {
  const { address, ended, output } = runExample()
  const url = await address
  expect(url.pathname).toBe('/camdram/oauth/v2/auth')
  expect(url.searchParams.get('code_challenge_method')).toBe('S256')
  expect(url.searchParams.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)

  expect(url.searchParams.get('scope')).toBe('user_shows')

  const page = await fetch(await createCamdramVisitor().answer(url))
  expect([page.status, await page.text()]).toEqual([200, 'You are signed in. You can close this page.\n'])
  expect(await ended).toBe(0)
  expect(output.stderr).toBe('')
  expect(output.stdout.match(/^- .+$/gm)).toHaveLength(8)
}, 30_000)

it('a browser that asks for an icon first → goes on waiting', async () => {
  const { address, ended } = runExample()
  const url = await address
  const icon = await fetch(new URL('/favicon.ico', url.searchParams.get('redirect_uri') ?? ''))
  expect(icon.status).toBe(404)
  expect((await fetch(await createCamdramVisitor().answer(url))).status).toBe(200)
  expect(await ended).toBe(0)
}, 30_000)

it.each<[string, Record<string, string>, RegExp]>([
  [
    'another state',
    { code: 'stolen', state: 'A'.repeat(43) },
    /^sign-in: The response belongs to no sign-in that was begun here.*: start the sign-in again\.\n$/,
  ],
  ['no state', { code: 'stolen' }, /^sign-in: The response has no state: start the sign-in again\.\n$/],
])(
  'a redirect back with %s → one line that says so, exit status 1, and no request',
  async (_, response, message) => {
    const emulator = await startEmulator({ systems: ['camdram'], flavour: 'real' })
    onTestFinished(() => emulator.close())
    const { clientId, clientSecret } = emulator.credentials.camdramWebsite
    const { address, ended, output } = runExample({
      CAMDRAM_BASE_URL: emulator.baseUrls.camdram,
      CAMDRAM_CLIENT_ID: clientId,
      CAMDRAM_CLIENT_SECRET: clientSecret,
    })
    const redirect = new URL((await address).searchParams.get('redirect_uri') ?? '')
    redirect.search = new URLSearchParams(response).toString()
    const page = await fetch(redirect)
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('did not work')])
    expect(await ended).toBe(1)
    expect(output.stderr).toMatch(message)
    expect(output.stdout + output.stderr).not.toContain('stolen')
    expect(emulator.counters.camdram).toMatchObject({ tokenRequests: 0 })
  },
  30_000,
)

it('a user who says no → one line that says so, exit status 1', async () => {
  const { address, ended, output } = runExample()
  expect((await fetch(await createCamdramVisitor().answer(await address, 'Deny'))).status).toBe(400)
  expect(await ended).toBe(1)
  expect(output.stderr).toMatch(/^sign-in: The user, or the authorization server, said no: start the sign-in again\.\n$/)
}, 30_000)

it('credentials that are missing → one line that names the option, exit status 1', async () => {
  const { ended, output } = runExample({ CAMDRAM_BASE_URL: 'http://127.0.0.1:1' })
  expect(await ended).toBe(1)
  expect(output.stderr).toMatch(/^sign-in: clientId: .*\n$/)
}, 30_000)
