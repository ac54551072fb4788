import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createCommandUser } from '../../../support/cli.ts'
import { type Answer, type Received, startServer } from '../../../support/loopback-server.ts'

/** A user with a profile at an API that answers with what a test gives. */
async function start(
  answer: (request: Received) => Answer = () => ({ body: 'hello\n' }),
  provider: (origin: string) => object = () => ({}),
) {
  const server = await startServer((request) =>
    request.target === '/token'
      ? { json: { access_token: 'token-1', expires_in: 3600, api: `${server.origin}/of-token` } }
      : answer(request),
  )
  const user = createCommandUser()
  const own = { name: 'test', apiUrl: `${server.origin}/v1`, tokenUrl: `${server.origin}/token`, ...provider(server.origin) }
  user.write({ one: { provider: own, grant: { type: 'clientCredentials', clientId: 'app', clientSecret: 'env:SECRET' } } })
  const run = (argv: string[], stdin = '') => user.run(['fetch', 'one', ...argv], { env: { SECRET: 'hunter2' }, stdin })
  const calls = () => server.received.filter(({ target }) => target !== '/token')
  return { server, user, run, calls }
}

describe('fetch', () => {
  it.each(['things', '/things'])('%s → joined to the address of the API, with the token; the body on standard output', async (path) => {
    const { run, calls } = await start()
    expect(await run([path])).toEqual({ status: 0, stdout: 'hello\n', stderr: '' })
    expect(calls()).toMatchObject([{ method: 'GET', target: '/v1/things', headers: { authorization: 'Bearer token-1' } }])
  })

  it('an absolute URL → as it is', async () => {
    const { run, server, calls } = await start()
    await run([`${server.origin}/v2/x?y=1`])
    expect(calls()[0]?.target).toBe('/v2/x?y=1')
  })

  it('an API that the token’s reply names → joined to that', async () => {
    const { run, calls } = await start(undefined, (origin) => ({ apiOrigins: [origin], tokenResponse: { apiUrl: 'api' } }))
    await run(['things'])
    expect(calls()[0]?.target).toBe('/of-token/things')
  })

  it('method, headers and data → as curl has them', async () => {
    const { run, calls } = await start()
    await run(['a', '-X', 'DELETE', '-H', 'Accept: text/csv', '-H', 'X-Two:2'])
    await run(['b', '-d', 'x=1&y=2'])
    await run(['c', '--json', '{"x":1}', '-X', 'PUT'])
    await run(['d', '-d', '<x/>', '-H', 'Content-Type: text/xml'])
    // A platform would send these as they were typed.
    await run(['e', '-X', 'patch', '-d', 'x=1'])
    await run(['f', '-X', 'propfind'])
    expect(calls().map(({ method, body, headers }) => [method, headers['content-type'], body.toString()])).toEqual([
      ['DELETE', undefined, ''],
      ['POST', 'application/x-www-form-urlencoded', 'x=1&y=2'],
      ['PUT', 'application/json', '{"x":1}'],
      ['POST', 'text/xml', '<x/>'],
      ['PATCH', 'application/x-www-form-urlencoded', 'x=1'],
      ['PROPFIND', undefined, ''],
    ])
    expect(calls()[0]?.headers).toMatchObject({ accept: 'text/csv', 'x-two': '2' })
  })

  it('@FILE and @- → what is in them, and again after a rejection', async () => {
    let rejections = 1
    const { run, user, calls } = await start(() => (rejections-- > 0 ? { status: 401 } : { body: 'ok' }))
    const file = join(user.home, 'data')
    writeFileSync(file, Buffer.from([0, 255, 10]))
    await run(['a', '-d', `@${file}`])
    await run(['b', '-d', '@-'], 'from a pipe\n')
    expect(calls().map(({ target, body }) => `${target} ${body.toString('hex')}`)).toEqual([
      '/v1/a 00ff0a',
      '/v1/a 00ff0a',
      `/v1/b ${Buffer.from('from a pipe\n').toString('hex')}`,
    ])
  })

  it('@- beside a secret from standard input → refused', async () => {
    const { user } = await start()
    user.write({ one: { preset: 'cam2', options: { clientId: 'a', clientSecret: '-' } } })
    const { status, stderr } = await user.run(['fetch', 'one', '/a', '-d', '@-'])
    expect([status, stderr]).toEqual([2, 'tokenwell: A secret of this profile comes from standard input: the data cannot.\n'])
  })
})

describe('the exit status', () => {
  it.each([
    [200, 0, ''],
    [204, 0, ''],
    [304, 0, ''],
    [403, 1, 'tokenwell: The API answered 403 Forbidden\n'],
    [404, 1, 'tokenwell: The API answered 404 Not Found\n'],
    [503, 1, 'tokenwell: The API answered 503 Service Unavailable\n'],
    [599, 1, 'tokenwell: The API answered 599\n'],
  ])('of a %i is %i', async (answered, status, stderr) => {
    const { run } = await start(() => ({ status: answered, ...(answered >= 400 && { body: 'its words\n' }) }))
    expect(await run(['x'])).toEqual({ status, stdout: answered >= 400 ? 'its words\n' : '', stderr })
  })

  it('another origin → 2, and nothing is sent', async () => {
    const { run, calls } = await start()
    const { status, stderr } = await run(['https://evil.example/x'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('https://evil.example may not receive this token')])
    expect(calls()).toEqual([])
  })

  it('an API that is not there → 1, and no more than a code', async () => {
    const { run } = await start(() => 'cut')
    const { status, stdout, stderr } = await run(['x?key=hunter2'])
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^tokenwell: The API could not be reached: TypeError \([A-Z_]+\)\.\n$/)
  })

  it('a body that is cut off → 1', async () => {
    const { run } = await start(() => (response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      setTimeout(() => response.destroy(), 50)
    })
    const { status, stdout, stderr } = await run(['x'])
    expect([status, stdout]).toEqual([1, 'half'])
    expect(stderr).toMatch(/^tokenwell: The body of the response was cut off \(.*\)\.\n$/)
  })
})

describe('a redirect', () => {
  async function startTwo(status: number) {
    const elsewhere = await startServer(() => ({ body: 'elsewhere\n' }))
    const location = `${elsewhere.origin}/there?code=hunter3`
    return { elsewhere, ...(await start(() => ({ status, headers: { location }, body: 'moved\n' }))) }
  }

  it.each([
    [307, ['-d', 'pin=hunter2']],
    [308, ['--json', '{}', '-X', 'PUT']],
    [302, ['-H', 'X-Api-Key: hunter2']],
    [303, ['-X', 'DELETE']],
  ])('%i of a call with %j → is not followed: data and headers are for the URL that was named', async (status, argv) => {
    const { run, elsewhere, user } = await startTwo(status)
    const path = join(user.home, 'out')
    const result = await run(['x', ...argv, '-o', path])
    expect([result.status, result.stdout, existsSync(path)]).toEqual([1, 'moved\n', false])
    expect(result.stderr).toMatch(
      new RegExp(`^tokenwell: The API answered ${status} [\\w ]+, which leads to ${elsewhere.origin}/there and was not followed\\n$`),
    )
    expect(elsewhere.received).toEqual([])
  })

  it('of a plain GET → is followed, without the token', async () => {
    const { run, elsewhere } = await startTwo(302)
    expect(await run(['x'])).toEqual({ status: 0, stdout: 'elsewhere\n', stderr: '' })
    expect(elsewhere.received[0]?.headers.authorization).toBeUndefined()
  })

  it('that leads nowhere → exit status 1', async () => {
    const { run } = await start(() => ({ status: 302, body: 'moved\n' }))
    expect(await run(['x'])).toEqual({ status: 1, stdout: 'moved\n', stderr: 'tokenwell: The API answered 302 Found\n' })
  })
})

describe('--output', () => {
  it.each([0o600, 0o640, 0o666])('a file of mode %o → keeps it', async (mode) => {
    const { run, user } = await start()
    const path = join(user.home, 'out')
    writeFileSync(path, 'before')
    chmodSync(path, mode)
    await run(['x', '-o', path])
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['hello\n', mode])
  })

  it('a symbolic link → what it leads to is written, and the link stays', async () => {
    const { run, user } = await start()
    mkdirSync(join(user.home, 'folder'))
    for (const [name, content] of [
      ['old', 'before'],
      ['new', undefined],
    ] as const) {
      const [target, link] = [join(user.home, 'folder', name), join(user.home, `link-to-${name}`)]
      if (content !== undefined) writeFileSync(target, content)
      symlinkSync(join('folder', name), link)
      expect(await run(['x', '-o', link])).toMatchObject({ status: 0 })
      expect([lstatSync(link).isSymbolicLink(), readFileSync(target, 'utf8')]).toEqual([true, 'hello\n'])
    }
    expect(readdirSync(join(user.home, 'folder')).toSorted()).toEqual(['new', 'old'])
  })

  it.each(['folder', 'folder/', 'newdir/'])('%s → is a folder, which is said before anything is sent', async (name) => {
    const { run, user, server } = await start()
    mkdirSync(join(user.home, 'folder'))
    const path = `${user.home}/${name}`
    expect(await run(['x', '-o', path])).toEqual({ status: 2, stdout: '', stderr: `tokenwell: ${path} is a folder: name a file in it.\n` })
    expect(server.received).toEqual([])
  })

  it('the body is in the file when it is there as a whole, and nothing is left beside it', async () => {
    const { run, user } = await start()
    const path = join(user.home, 'out')
    writeFileSync(path, 'before')
    expect(await run(['x', '-o', path])).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(readFileSync(path, 'utf8')).toBe('hello\n')
    expect(readdirSync(user.home).filter((name) => name.includes('out'))).toEqual(['out'])
  })

  it('an answer that something went wrong → on standard output, and the file as it was', async () => {
    const { run, user } = await start(() => ({ status: 500, body: 'broken\n' }))
    const path = join(user.home, 'out')
    writeFileSync(path, 'before')
    expect(await run(['x', '-o', path])).toMatchObject({ status: 1, stdout: 'broken\n' })
    expect(readFileSync(path, 'utf8')).toBe('before')
  })

  it('a body that is cut off → the file as it was', async () => {
    const { run, user } = await start(() => (response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      setTimeout(() => response.destroy(), 50)
    })
    const path = join(user.home, 'out')
    writeFileSync(path, 'before')
    expect((await run(['x', '-o', path])).status).toBe(1)
    expect(readFileSync(path, 'utf8')).toBe('before')
    expect((await run(['x', '-o', `${path}2`])).status).toBe(1)
    expect(existsSync(`${path}2`)).toBe(false)
    expect(readdirSync(user.home).filter((name) => name.includes('out'))).toEqual(['out'])
  })

  it('a folder that is not there → one line, and exit status 2', async () => {
    const { run, user } = await start()
    const path = join(user.home, 'nope', 'out')
    const { status, stderr } = await run(['x', '-o', path])
    expect([status, stderr]).toEqual([2, `tokenwell: ${path} cannot be written (ENOENT).\n`])
  })

  it.runIf(existsSync('/dev/full'))('a full disk → one line, and exit status 1', async () => {
    const { run } = await start()
    const { status, stderr } = await run(['x', '-o', '/dev/full'])
    expect([status, stderr]).toEqual([1, 'tokenwell: /dev/full cannot be written: the disk is full (ENOSPC).\n'])
  })
})

it('a body that is no text, at a terminal → is not shown', async () => {
  const { user } = await start(() => ({ body: Buffer.from([0x89, 0, 1]) }))
  const { status, stdout, stderr } = await user.run(['fetch', 'one', 'x'], { env: { SECRET: 'x', NO_COLOR: '1' }, columns: 40 })
  expect([status, stdout, stderr]).toEqual([1, '', 'tokenwell: The body is not text: write it into a file by --output FILE.\n'])
})

it('a body with control characters, at a terminal → they are shown, and not obeyed', async () => {
  const parts = ['a\x1b]0;title\x07\tb\r\n', 'ü\u009b31mred\rX\x7f\n'].map((text) => Buffer.from(text))
  const all = Buffer.concat(parts)
  const { user } = await start(() => (response) => {
    // Cut within a character.
    const at = all.indexOf(0x9b)
    response.write(all.subarray(0, at))
    setTimeout(() => response.end(all.subarray(at)), 50)
  })
  const env = { SECRET: 'x' }
  const { status, stdout } = await user.run(['fetch', 'one', 'x'], { env, columns: 40 })
  expect([status, stdout]).toEqual([0, 'a\\x1b]0;title\\x07\tb\r\nü\\x9b31mred\\x0dX\\x7f\n'])
})

it('a large body, into a file, at a terminal of 40 columns → a line of progress that fits, and goes', async () => {
  const { user } = await start(() => (response) => {
    response.writeHead(200, { 'content-length': '40000000' })
    let sent = 0
    const timer = setInterval(() => {
      response.write(Buffer.alloc(1_000_000))
      if (++sent === 20) {
        clearInterval(timer)
        response.end(Buffer.alloc(20_000_000))
      }
    }, 75)
  })
  const path = join(user.home, 'out')
  const { status, stderr } = await user.run(['fetch', 'one', 'x', '-o', path], { env: { SECRET: 'x' }, columns: 40 })
  expect(status).toBe(0)
  const lines = stderr.split('\r\x1b[K')
  expect(lines[1]).toMatch(/^\d+\.\d MB of 40\.0 MB \(\d+ %\)$/)
  expect(lines.every((line) => line.length < 40)).toBe(true)
  expect(stderr.endsWith('\r\x1b[K')).toBe(true)
  expect((await user.run(['fetch', 'one', 'x', '-o', path], { env: { SECRET: 'x' } })).stderr).toBe('')
}, 20_000)
