import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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
    expect(calls().map(({ method, body, headers }) => [method, headers['content-type'], body.toString()])).toEqual([
      ['DELETE', undefined, ''],
      ['POST', 'application/x-www-form-urlencoded', 'x=1&y=2'],
      ['PUT', 'application/json', '{"x":1}'],
      ['POST', 'text/xml', '<x/>'],
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

describe('--output', () => {
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
