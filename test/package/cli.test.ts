import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { createSeededRandom } from '../../src/testing/seeded-random.ts'
import { sleep } from '../../src/testing/sleep.ts'
import { createInstalledUser } from '../support/cli-process.ts'
import { type Received, startServer } from '../support/loopback-server.ts'
import { startRotatingServer } from '../support/process-rotating-server.ts'

const consumer = inject('consumer')
const seed = Number(process.env['SEED'] ?? 20_261_128)

/** A user with a profile at a log-in and an API of this process. */
async function start({ secret = 'env:SECRET' } = {}) {
  let requests = 0
  const server = await startServer(({ target }) => {
    if (target === '/token') return { json: { access_token: `token-${++requests}`, expires_in: 3600 } }
    return { headers: { 'content-type': 'text/plain' }, body: target.startsWith('/big') ? 'x'.repeat(5_000_000) : 'hello\n' }
  })
  const user = createInstalledUser(consumer, { SECRET: 'hunter2' })
  const options = { tokenUrl: `${server.origin}/token`, apiUrl: server.origin, clientId: 'app', clientSecret: secret }
  user.write({ one: { preset: 'oauth2', options } })
  return { server, user, requests: () => requests }
}

describe('the installed command', () => {
  it('is a program that can be run, and says its version', async () => {
    const { user } = await start()
    expect(statSync(join(consumer, 'node_modules/tokenwell/dist/cli.js')).mode & 0o111).toBe(0o111)
    const { version } = JSON.parse(readFileSync(join(consumer, 'node_modules/tokenwell/package.json'), 'utf8'))
    expect(await user.run(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('the schema is published', () => {
    expect(JSON.parse(readFileSync(join(consumer, 'node_modules/tokenwell/schema/profiles.json'), 'utf8'))).toHaveProperty('$defs.Provider')
  })

  it('two runs → one token request, both end at once, and nobody else can read the token', async () => {
    const { user, requests } = await start()
    const expected = { status: 0, stdout: 'token-1\n', stderr: '' }
    expect([await user.run(['token', 'one']), await user.run(['token', 'one'])]).toEqual([expected, expected])
    expect(requests()).toBe(1)
    expect(statSync(join(user.home, 'state/tokenwell')).mode & 0o777).toBe(0o700)
  })

  it('the header line is one for curl', async () => {
    const { user, server } = await start()
    const { stdout } = await user.shell(`tokenwell token one --header | curl --silent --show-error -H @- ${server.origin}/things`)
    expect(stdout).toBe('hello\n')
    expect(server.received.at(-1)?.headers.authorization).toBe('Bearer token-1')
  })

  it('a profile file in the current folder is not read', async () => {
    const { user } = await start()
    const folder = join(user.home, 'clone')
    mkdirSync(join(folder, 'tokenwell'), { recursive: true })
    await user.shell(
      'cp .config/tokenwell/profiles.json clone/profiles.json; cp clone/profiles.json clone/tokenwell/; rm .config/tokenwell/profiles.json',
    )
    for (const XDG_CONFIG_HOME of ['', '.']) {
      const { status, stderr } = await user.run(['token', 'one'], { cwd: folder, env: { ...user.env, XDG_CONFIG_HOME } })
      expect([status, stderr]).toEqual([2, expect.stringContaining(`${user.home}/.config/tokenwell/profiles.json is not there`)])
    }
  })
})

describe('pipes', () => {
  it('a reader that has gone → one line, exit status 1, no stack', async () => {
    const { user } = await start()
    const { stdout } = await user.shell('tokenwell fetch one /big 2> errors | head -c 3; echo " $PIPESTATUS"')
    expect(stdout).toBe('xxx 1\n')
    expect(readFileSync(join(user.home, 'errors'), 'utf8')).toBe('tokenwell: The reader of the standard output has closed it (EPIPE).\n')
  })

  it('a large body through a pipe → all of it', async () => {
    const { user } = await start()
    expect((await user.shell('tokenwell fetch one /big | wc -c')).stdout.trim()).toBe('5000000')
  })

  it('standard error that is closed → the result all the same', async () => {
    const { user } = await start()
    expect(await user.shell('tokenwell token one 2>&-')).toMatchObject({ status: 0, stdout: 'token-1\n' })
  })

  it('a secret from standard input', async () => {
    const { user, server } = await start({ secret: '-' })
    expect((await user.shell('echo hunter3 | tokenwell token one')).stdout).toBe('token-1\n')
    expect(clientOf(server.received[0])).toBe('app:hunter3')
  })

  it('data from standard input', async () => {
    const { user, server } = await start()
    await user.shell('printf "a=1" | tokenwell fetch one /x --data @-')
    expect(server.received.at(-1)).toMatchObject({ target: '/x', method: 'POST', body: Buffer.from('a=1') })
  })

  it.runIf(existsSync('/dev/full'))('standard output on a full disk → one line, and exit status 1', async () => {
    const { user } = await start()
    const { stderr, stdout } = await user.shell('tokenwell token one > /dev/full; echo $?')
    expect([stdout, stderr]).toEqual(['1\n', 'tokenwell: The standard output cannot be written: the disk is full (ENOSPC).\n'])
  })
})

describe('a terminal of 40 columns', () => {
  const inTerminal = (line: string) => `script --quiet --return --command "stty cols 40; ${line}" /dev/null < /dev/null`

  it('results are the same, with colours; NO_COLOR → without', async () => {
    const { user } = await start()
    await user.run(['token', 'one'])
    const coloured = await user.shell(inTerminal('tokenwell status one'))
    expect(coloured.stdout).toContain('one: \x1b[32mvalid\x1b[0m until ')
    const { stdout } = await user.shell(inTerminal('tokenwell status one'), { NO_COLOR: '1' })
    expect(stdout).not.toContain('\x1b')
    expect((await user.shell('tokenwell status one')).stdout).not.toContain('\x1b')
  })

  it('help fits', async () => {
    const { user } = await start()
    const { stdout } = await user.shell(inTerminal('tokenwell --help'))
    const lines = stdout.split('\r\n')
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.filter((line) => line.length > 40)).toEqual([])
  })

  it('an error is one line, its exit status that of the command', async () => {
    const { user } = await start()
    const { status, stdout } = await user.shell(inTerminal('tokenwell token two'))
    expect([status, stdout]).toEqual([2, expect.stringMatching(/: \S+: a profile two is unknown[^\n]*\r\n$/)])
    expect(stdout.startsWith('\x1b[31mtokenwell\x1b[0m: ')).toBe(true)
  })

  it('a secret is asked for, and not shown', async () => {
    const { user, server } = await start({ secret: '-' })
    const { child, output, ended } = user.startInTerminal('tokenwell token one')
    await expect.poll(() => output.stdout).toContain('it is not shown.')
    child.stdin?.write('hunter4\r')
    const { stdout } = await ended
    expect(stdout).toContain('profiles.one.options.clientSecret is needed. Type it and press Enter; it is not shown.')
    expect(stdout).toContain('token-1')
    expect(stdout).not.toContain('hunter4')
    expect(clientOf(server.received[0])).toBe('app:hunter4')
  })
})

describe('interruptions', () => {
  it.each([
    ['Ctrl-C', '\x03', 130, ''],
    ['Ctrl-D', '\x04', 2, 'is empty: standard input holds nothing'],
  ])('%s where a secret is asked for → the command ends', async (_, key, status, message) => {
    const { user } = await start({ secret: '-' })
    const { child, output, ended } = user.startInTerminal('tokenwell token one')
    await expect.poll(() => output.stdout).toContain('it is not shown.')
    child.stdin?.write(key)
    const result = await ended
    expect(result.status).toBe(status)
    expect(result.stdout).toContain(message)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s while the server is silent → exit status 130, and nothing is said',
    async (signal) => {
      const { user, server } = await start()
      const hanging = await startServer(() => 'hang')
      user.write({ one: { preset: 'oauth2', options: { tokenUrl: `${server.origin}/token`, apiUrl: hanging.origin, clientId: 'app' } } })
      const { child, ended } = user.start(['fetch', 'one', '/x'])
      await expect.poll(() => hanging.received.length).toBe(1)
      child.kill(signal)
      expect(await ended).toEqual({ status: 130, stdout: '', stderr: '' })
    },
  )

  it('an interrupted renewal → its rotated refresh token is stored all the same', async () => {
    let answer = () => {}
    const presented: (string | null)[] = []
    const server = await startServer(async ({ body }) => {
      const n = presented.push(new URLSearchParams(body.toString()).get('refresh_token'))
      if (n === 1) await new Promise<void>((resolve) => (answer = resolve))
      return { json: { access_token: `token-${n}`, refresh_token: `refresh-${n}`, expires_in: 3600 } }
    })
    const user = createInstalledUser(consumer, { REFRESH: 'refresh-0' })
    const options = { tokenUrl: `${server.origin}/token`, apiUrl: server.origin, clientId: 'app' }
    user.write({ one: { preset: 'oauth2', options, subject: 'me', grant: { type: 'refreshToken', refreshToken: 'env:REFRESH' } } })
    const { child, ended } = user.start(['token', 'one'])
    await expect.poll(() => presented.length).toBe(1)
    child.kill('SIGINT')
    await sleep(300)
    answer()
    expect((await ended).status).toBe(130)
    expect((await user.run(['token', 'one'])).stdout).toBe('token-1\n')
    expect(presented).toEqual(['refresh-0'])
  })
})

describe(`many processes (SEED=${seed})`, () => {
  it('32 at once on one profile with a rotating refresh token × 3 expiries → one request each, none refused, one token', async () => {
    const server = await startRotatingServer({ seed, lifetimeMs: 3_600_000 })
    onTestFinished(() => server.close())
    const user = createInstalledUser(consumer, { REFRESH: server.refreshToken })
    const options = { tokenUrl: server.tokenUrl, apiUrl: new URL(server.tokenUrl).origin, clientId: 'app' }
    user.write({ one: { preset: 'oauth2', options, subject: 'me', grant: { type: 'refreshToken', refreshToken: 'env:REFRESH' } } })
    for (let expiry = 1; expiry <= 3; expiry++) {
      const results = await Promise.all(Array.from({ length: 32 }, () => user.run(['token', 'one'])))
      const expected = { status: 0, stdout: `${server.latest}\n`, stderr: '' }
      expect(results).toEqual(results.map(() => expected))
      expect({ expiry, requests: server.requests, refused: server.refused }).toEqual({ expiry, requests: expiry, refused: 0 })
      user.expireStored()
    }
  }, 240_000)

  it('12 killed at random points → the next one has a token, nothing is corrupt, and nothing is left behind', async () => {
    const random = createSeededRandom(seed)
    const { user } = await start()
    await user.run(['token', 'one'])
    for (let kill = 0; kill < 12; kill++) {
      user.expireStored()
      const { child, ended } = user.start(['token', 'one'])
      setTimeout(() => child.kill('SIGKILL'), 100 + random.next() * 500)
      await ended
      const { status, stdout, stderr } = await user.run(['token', 'one'])
      expect({ kill, status, stderr }).toEqual({ kill, status: 0, stderr: '' })
      expect(stdout).toMatch(/^token-\d+\n$/)
    }
    expect(user.listStored().filter((name) => !/\.(json|lock)$/.test(name))).toEqual([])
  }, 120_000)
})

describe('what a machine may lack', () => {
  it('room on the disk of the tokens → the token all the same, a note, and a file that stays as it was', async ({ skip }) => {
    const { user } = await start()
    const small = join(user.home, 'small')
    mkdirSync(small)
    // Only root may; elsewhere /dev/full stands for it, above.
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', small]).status !== 0) return skip('no tmpfs can be mounted')
    onTestFinished(() => void spawnSync('umount', ['-l', small]))
    await user.shell(`head -c 200000 /dev/zero > ${small}/filler`)
    const env = { ...user.env, XDG_STATE_HOME: small }
    const { status, stdout, stderr } = await user.run(['token', 'one'], { env })
    expect([status, stdout]).toEqual([0, 'token-1\n'])
    expect(stderr).toMatch(/^tokenwell: The token could not be kept: .*\n$/)
    const saved = await user.run(['fetch', 'one', '/big', '-o', join(small, 'out')])
    expect([saved.status, saved.stderr]).toEqual([1, `tokenwell: ${small}/out cannot be written: the disk is full (ENOSPC).\n`])
    expect(readdirSync(small).filter((name) => name.includes('out'))).toEqual([])
  })

  it.runIf(process.geteuid?.() === 0)('a home → what to say in its place; with that said, it works', async () => {
    const { user } = await start()
    // For a user whom nobody has heard of.
    for (const folder of [user.home, dirname(consumer)]) chmodSync(folder, 0o755)
    const config = join(user.home, 'profiles.json')
    await user.shell(`cp .config/tokenwell/profiles.json ${config}; mkdir mine; chown 54321 ${config} mine`)
    const { HOME: _, XDG_STATE_HOME: __, ...env } = user.env
    const stranger = { uid: 54_321, gid: 54_321, cwd: '/', env: { ...env, NODE_COMPILE_CACHE: '' } }
    expect(await user.run(['token', 'one'], stranger)).toEqual({
      status: 2,
      stdout: '',
      stderr: 'tokenwell: This user has no home directory: name the file of profiles by --config FILE, or its folder by XDG_CONFIG_HOME.\n',
    })
    expect(await user.run(['token', 'one', '--config', config], stranger)).toEqual({
      status: 2,
      stdout: '',
      stderr: 'tokenwell: This user has no home directory: name one for the tokens by XDG_STATE_HOME.\n',
    })
    const told = { ...stranger, env: { ...stranger.env, XDG_STATE_HOME: join(user.home, 'mine') } }
    expect(await user.run(['token', 'one', '--config', config], told)).toEqual({ status: 0, stdout: 'token-1\n', stderr: '' })
  })
})

it.runIf(process.platform === 'linux')('no secret and no token stands in the list of processes', async () => {
  const { user, server } = await start({ secret: 'command:cat secret' })
  writeFileSync(join(user.home, 'secret'), 'hunter5')
  const hanging = await startServer(() => 'hang')
  const options = {
    tokenUrl: `${server.origin}/token`,
    apiUrl: hanging.origin,
    clientId: 'app',
    clientSecret: `command:cat ${user.home}/secret`,
  }
  user.write({ one: { preset: 'oauth2', options } })
  user.start(['fetch', 'one', '/x'])
  await expect.poll(() => hanging.received.length).toBe(1)
  const { stdout } = await user.shell('ps -e -ww -o args')
  expect(stdout).toContain('tokenwell fetch one /x')
  expect(stdout).not.toMatch(/hunter5|token-1/)
  expect(clientOf(server.received[0])).toBe('app:hunter5')
})

/** The client's id and secret of a token request. */
function clientOf(request: Received | undefined): string {
  return Buffer.from(request?.headers.authorization?.split(' ')[1] ?? '', 'base64').toString()
}
