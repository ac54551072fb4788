import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hasDisplay } from '../../../../src/cli/open-browser.ts'
import { startEmulator } from '../../../../src/testing/emulation/start-emulator.ts'
import { createCamdramVisitor } from '../../../support/camdram-visitor.ts'
import { createCommandUser } from '../../../support/cli.ts'

/** A user with a profile of an emulated Camdram, and a browser that notes where it was sent. */
async function start(signIn: object = { scope: 'user_shows' }) {
  const emulator = await startEmulator({ systems: ['camdram'], flavour: 'real' })
  onTestFinished(() => emulator.close())
  const { clientId, clientSecret } = emulator.credentials.camdramWebsite
  const user = createCommandUser()
  const options = { baseUrl: emulator.baseUrls.camdram, clientId, clientSecret: 'env:SECRET' }
  user.write({ shows: { preset: 'camdram', options, grant: { type: 'authorizationCode' }, signIn } })
  const opened = join(user.home, 'opened')
  const browser = join(user.home, 'browser')
  writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > ${opened}.part\nmv ${opened}.part ${opened}\n`, { mode: 0o755 })
  const env = { SECRET: clientSecret, BROWSER: browser }
  const run = (argv: string[], options: { signal?: AbortSignal } = {}) => user.run(argv, { env, ...options })
  const address = async (): Promise<URL> => {
    await expect.poll(() => existsSync(opened), { timeout: 10_000 }).toBe(true)
    const url = new URL(readFileSync(opened, 'utf8'))
    // Its port is a free one, and this server compares to the letter.
    emulator.credentials.camdramWebsite.redirectUri = url.searchParams.get('redirect_uri') ?? ''
    return url
  }
  return { emulator, user, run, address, clientSecret }
}

/** Sends a request to the letter, and gives the response. */
function sendRaw({ hostname, port, host }: URL, request: string): Promise<string> {
  const socket = connect(Number(port), hostname)
  socket.end(`${request} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  return text(socket)
}

describe('login', () => {
  it('opens the browser, takes it back, and stores the token; from then on token and fetch work', async () => {
    const { run, address, emulator, clientSecret } = await start()
    const ended = run(['login', 'shows'])
    const url = await address()
    expect([url.searchParams.get('scope'), url.searchParams.get('code_challenge_method')]).toEqual(['user_shows', 'S256'])
    expect(url.searchParams.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    const icon = await fetch(new URL('/favicon.ico', url.searchParams.get('redirect_uri') ?? ''))
    expect(icon.status).toBe(404)
    const page = await fetch(await createCamdramVisitor().answer(url))
    expect([page.status, await page.text()]).toEqual([200, 'You are signed in. You can close this page.\n'])

    const { status, stdout, stderr } = await ended
    expect([status, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/^Your browser opens this page:\n\n {2}http.*\n\nSigned in\. The token is valid until \d{4}-.*Z\.\n$/)
    const shown = await run(['fetch', 'shows', 'auth/account/shows.json'])
    expect([shown.status, JSON.parse(shown.stdout).length]).toEqual([0, 8])
    expect(emulator.counters.camdram.tokenRequests).toBe(1)
    expect((await run(['status', 'shows'])).stdout).toMatch(/^shows: valid until/)
    const { stdout: token } = await run(['token', 'shows'])
    expect(stderr).not.toContain(token.trim())
    expect(stderr).not.toContain(clientSecret)
  }, 30_000)

  it('two profiles of the same client → two sign-ins: one user is not taken for another', async () => {
    const { run, address, user } = await start()
    const { profiles } = JSON.parse(readFileSync(user.profiles, 'utf8'))
    user.write({ ...profiles, others: profiles.shows })
    const ended = run(['login', 'shows'])
    await fetch(await createCamdramVisitor().answer(await address()))
    await ended
    expect((await run(['token', 'shows'])).status).toBe(0)
    expect((await run(['token', 'others'])).status).toBe(4)
  }, 30_000)

  it.each<[string, (redirect: URL, state: string) => string[]]>([
    ['another state', (redirect) => [`GET ${redirect.pathname}?code=stolen&state=${'A'.repeat(43)}`]],
    ['no state', (redirect) => [`GET ${redirect.pathname}?code=stolen`, `GET ${redirect.pathname}?error=access_denied`]],
    ['two states', (redirect, state) => [`GET ${redirect.pathname}?code=stolen&state=${state}&state=x`]],
  ])(
    'a page that guesses the port, with %s → 400, and the sign-in goes on',
    async (_, requests) => {
      const { run, address, emulator } = await start()
      const ended = run(['login', 'shows'])
      const url = await address()
      const redirect = new URL(url.searchParams.get('redirect_uri') ?? '')
      for (const request of requests(redirect, url.searchParams.get('state') ?? ''))
        expect(await sendRaw(redirect, request)).toMatch(/^HTTP\/1\.1 400 .*The command line waits on\./s)
      expect(emulator.counters.camdram.tokenRequests).toBe(0)
      expect((await fetch(await createCamdramVisitor().answer(url))).status).toBe(200)
      const { status, stderr } = await ended
      expect(status).toBe(0)
      expect(stderr).not.toContain('stolen')
    },
    30_000,
  )

  it('a local program that sends what browsers do not → 404, and the sign-in goes on', async () => {
    const { run, address } = await start()
    const ended = run(['login', 'shows'])
    const url = await address()
    const redirect = new URL(url.searchParams.get('redirect_uri') ?? '')
    for (const request of ['GET http://evil/callback', 'OPTIONS *', 'GET //evil/callback', 'GET //[/callback', 'POST /callback'])
      expect(await sendRaw(redirect, request), request).toMatch(/^HTTP\/1\.1 404 /)
    expect((await fetch(await createCamdramVisitor().answer(url))).status).toBe(200)
    expect((await ended).status).toBe(0)
  }, 30_000)

  it('a user who says no → one line, and exit status 1', async () => {
    const { run, address } = await start()
    const ended = run(['login', 'shows'])
    expect((await fetch(await createCamdramVisitor().answer(await address(), 'Deny'))).status).toBe(400)
    expect(await ended).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/\ntokenwell: The user, or the authorization server, said no/),
    })
  }, 30_000)

  it('an interruption → exit status 130, and the port is free again', async () => {
    const { run, address } = await start()
    const interruption = new AbortController()
    const ended = run(['login', 'shows'], { signal: interruption.signal })
    const redirect = (await address()).searchParams.get('redirect_uri') ?? ''
    interruption.abort()
    expect((await ended).status).toBe(130)
    await expect(fetch(redirect)).rejects.toThrow()
  }, 30_000)

  it('--no-browser, or a browser that cannot be started → the address to open', async () => {
    const { user, run } = await start()
    for (const [argv, env] of [
      [['--no-browser'], {}],
      [[], { BROWSER: '/nope' }],
    ] as const) {
      const { stderr } = await user.run(['login', 'shows', ...argv], { env: { SECRET: 'x', ...env }, signal: AbortSignal.timeout(3_000) })
      expect(stderr).toMatch(/^Open this page in your browser:\n\n {2}http/)
    }
    expect((await run(['status', 'shows'])).status).toBe(4)
  }, 30_000)

  it.each([
    ['of another machine', 'http://example.com/callback', 'signIn.redirectUri must begin with http://127.0.0.1'],
    ['of another scheme', 'https://127.0.0.1/callback', 'signIn.redirectUri must begin with http://127.0.0.1'],
  ])('a redirect URI %s → refused', async (_, redirectUri, message) => {
    const { run } = await start({ redirectUri })
    expect(await run(['login', 'shows'])).toMatchObject({ status: 2, stderr: expect.stringContaining(message) })
  })

  it('a port that is in use → one line, and exit status 2', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const { run } = await start({ redirectUri: `http://127.0.0.1:${port}/callback` })
    const stderr = `tokenwell: The port ${port} of signIn.redirectUri cannot be listened at (EADDRINUSE).\n`
    expect(await run(['login', 'shows'])).toEqual({ status: 2, stdout: '', stderr })
  })

  it('a profile that nobody has to sign in for → says so', async () => {
    const { user } = await start()
    user.write({ jobs: { preset: 'cam2', options: { clientId: 'a', clientSecret: 'env:A' } } })
    expect(await user.run(['login', 'jobs'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Nobody has to sign in for this profile'),
    })
  })
})

it.each<[NodeJS.ProcessEnv, NodeJS.Platform, boolean]>([
  [{}, 'linux', false],
  [{ DISPLAY: ':0' }, 'linux', true],
  [{ WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true],
  [{ DISPLAY: ':10', SSH_CONNECTION: '1 2 3 4' }, 'linux', false],
  [{ BROWSER: 'w3m', SSH_CONNECTION: '1 2 3 4' }, 'linux', true],
  [{}, 'darwin', true],
  [{ SSH_CONNECTION: '1 2 3 4' }, 'darwin', false],
  [{}, 'win32', true],
])('%j on %s → a browser could show itself: %s', (env, platform, expected) => expect(hasDisplay(env, platform)).toBe(expected))
