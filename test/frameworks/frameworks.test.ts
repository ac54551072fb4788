import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type ApiWorld, startApiWorld, tokenCanary } from './api-world.ts'
import {
  type AskOptions,
  ask,
  findPort,
  installed,
  installPackage,
  layOut,
  type Program,
  runProgram,
  runtimes,
  startProgram,
  untilItAnswers,
  workspace,
} from './program.ts'

let world: ApiWorld

beforeAll(async () => {
  installPackage()
  world = await startApiWorld()
})
afterAll(() => world?.close())

interface Served {
  /** As the browser has it. */
  readonly origin: string
  /** Where requests are sent, where that is another place. */
  readonly address?: string
  /** What a front end makes of the Host. */
  readonly host?: string
  readonly program: Program
}

/** Serves an example until the test ends. */
async function serve(
  folder: string,
  command: (port: number) => readonly string[],
  environment: Record<string, string> = {},
): Promise<Served> {
  const port = await findPort()
  const program = startProgram(folder, command(port), { ...world.environment, PORT: String(port), ...environment })
  onTestFinished(() => program.stop())
  const origin = `http://localhost:${port}`
  await untilItAnswers(origin, program)
  return { origin, program }
}

const serverOf = () => [process.execPath, 'server.ts']

/** What each of them has to do. */
async function expectProxy({ origin, address = origin, host, program }: Served): Promise<void> {
  const own = { 'x-tokenwell': '1', cookie: 'session=visitor', ...(host && { host }) }
  const call = (options: AskOptions = {}) => ask(`${address}/api/cities/1?page=2`, { ...options, headers: { ...own, ...options.headers } })

  const got = await call()
  expect([got.status, got.body], program.output()).toEqual([200, expect.stringContaining('"path":"/v1/cities/1?page=2"')])
  expect(JSON.parse(got.body)).toEqual({ method: 'GET', path: '/v1/cities/1?page=2', type: null, body: '', cookie: null })
  expect(got.headers['cache-control']).toBe('private, no-store')

  const body = JSON.stringify({ name: 'Zürich', note: 'x'.repeat(1_000) })
  const post = { method: 'POST', body, headers: { 'content-type': 'application/json', origin, 'sec-fetch-site': 'same-origin' } }
  const posted = await call(post)
  expect([posted.status, (JSON.parse(posted.body) as { body: string }).body]).toEqual([200, body])
  expect(world.bodies.at(-1)).toBe(body)

  const before = world.tokenRequests()
  world.revoke()
  const again = await call(post)
  expect([again.status, (JSON.parse(again.body) as { body: string }).body]).toEqual([200, body])
  expect(world.tokenRequests()).toBe(before + 1)

  const answered = world.bodies.length
  for (const [headers, code] of [
    [{ origin: 'https://evil.example' }, 'cross_site'],
    [{ origin: 'null' }, 'cross_site'],
    [{ origin, 'sec-fetch-site': 'cross-site' }, 'cross_site'],
    [{ 'x-tokenwell': '' }, 'header_missing'],
    [{ cookie: 'session=other' }, 'forbidden'],
  ] as const) {
    const refused = await call({ ...post, headers: { ...post.headers, ...headers } })
    expect([refused.status, refused.headers['x-tokenwell-error']], JSON.stringify(headers)).toEqual([403, code])
  }
  const elsewhere = await ask(`${address}/api/other`, { headers: own })
  expect([elsewhere.status, elsewhere.headers['x-tokenwell-error']]).toEqual([404, 'not_found'])
  // A Host that takes something of a path: nothing of it may become the path of a request.
  for (const hostile of ['h/api/cities/1?', 'h/api/cities/1#', '/api/cities/1?']) {
    await ask(`${address}/favicon.ico`, { headers: { ...own, host: hostile } }).catch(() => {})
  }
  expect(world.bodies).toHaveLength(answered)
  expect(`${JSON.stringify([got, posted, again])}${program.output()}`).not.toMatch(new RegExp(`${tokenCanary}|Canary8Secret`))
}

/** A route of the application itself, behind a parser. */
async function expectOwnParser({ origin }: Served): Promise<void> {
  const own = await ask(`${origin}/own`, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } })
  expect([own.status, own.body]).toEqual([200, '{"parsed":{"a":1}}'])
}

/** The same program, wrong: the parser stands before the proxy, and takes each body away from it. */
function misplaceParser(folder: string, change: (source: string) => string): void {
  const path = join(folder, 'server.ts')
  const source = readFileSync(path, 'utf8')
  const changed = change(source)
  expect(changed).not.toBe(source)
  writeFileSync(path, changed)
}

async function expectWords({ origin, program }: Served): Promise<void> {
  const answered = world.bodies.length
  const headers = { 'x-tokenwell': '1', cookie: 'session=visitor', 'content-type': 'application/json' }
  const posted = await ask(`${origin}/api/cities/1`, { method: 'POST', body: '{"a":1}', headers })
  expect([posted.status, posted.headers['x-tokenwell-error']]).toEqual([500, 'misconfigured'])
  expect(posted.body).toMatch(/express\.json.*Fastify/)
  await expect.poll(() => program.output()).toMatch(/tokenwell\/node answered a request itself \(misconfigured\)/)
  expect(world.bodies).toHaveLength(answered)
  expect((await ask(`${origin}/api/cities/1`, { headers })).status).toBe(200)
}

it('the examples compile, each with the types of its framework', async () => {
  const names = ['express', 'fastify', 'hono', 'vite', 'workers', 'deno', 'bun']
  const files = names.map((name) => join(layOut(`${name}-types`), name === 'workers' ? 'worker.ts' : 'server.ts'))
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext', '--types', 'node']
  await runProgram(workspace, [process.execPath, join(installed, 'typescript/bin/tsc'), ...options, ...files], {})
})

describe.each([
  ['express', '5', (source: string) => source],
  ['express', '4', (source: string) => source.replace("from 'express'", "from 'express4'")],
])('%s %s', (name, version, change) => {
  const ready = (kind: string): string => {
    const folder = layOut(`${name}-${version}-${kind}`)
    const path = join(folder, 'server.ts')
    writeFileSync(path, change(readFileSync(path, 'utf8')))
    return folder
  }

  it('with a JSON parser for the other routes → the proxy does all that it should, and the parser too', async () => {
    const served = await serve(ready('right'), serverOf)
    await expectProxy(served)
    await expectOwnParser(served)
  })

  it('without a parser → the same', async () => {
    const folder = ready('bare')
    misplaceParser(folder, (source) => source.replace('app.use(express.json())\n', ''))
    await expectProxy(await serve(folder, serverOf))
  })

  it('with the parser before the proxy → bodies are refused with words, and nothing goes up', async () => {
    const folder = ready('wrong')
    misplaceParser(folder, (source) => source.replace('const app = express()\n', 'const app = express()\napp.use(express.json())\n'))
    await expectWords(await serve(folder, serverOf))
  })
})

it.each(['4', '5'])('express %s, mounted on a path that Express removes → 404 with words; without a prefix it works', async (version) => {
  for (const [prefix, status] of [
    ["  prefix: '/api',\n", 404],
    ['', 200],
  ] as const) {
    const folder = layOut(`express-${version}-mounted`)
    misplaceParser(folder, (source) =>
      source
        .replace("from 'express'", version === '4' ? "from 'express4'" : "from 'express'")
        .replace("  prefix: '/api',\n", prefix)
        .replace(/app\.use\(\(request.*\n/, "app.use('/api', listener)\n"),
    )
    const { origin, program } = await serve(folder, serverOf)
    const answer = await ask(`${origin}/api/cities/1`, { headers: { 'x-tokenwell': '1', cookie: 'session=visitor' } })
    expect(answer.status, program.output()).toBe(status)
    if (status === 404) expect(`${answer.body}${program.output()}`).toMatch(/app\.use\(path, …\).*not_found.*prefix/s)
  }
})

describe('fastify', () => {
  it('with its parsers for the other routes → the proxy does all that it should, and the parsers too', async () => {
    const served = await serve(layOut('fastify'), serverOf)
    await expectProxy(served)
    await expectOwnParser(served)
  })

  it('with its parsers for the proxy as well → bodies are refused with words, and nothing goes up', async () => {
    const folder = layOut('fastify-wrong')
    misplaceParser(folder, (source) => source.replace(/ {2}scope\.(remove|add).*\n/g, ''))
    await expectWords(await serve(folder, serverOf))
  })
})

it('hono → the proxy does all that it should', async () => {
  const served = await serve(layOut('hono'), serverOf)
  await expectProxy(served)
  await expectOwnParser(served)
})

describe("vite's dev server", () => {
  it('before a server of its own, whose Host it changes → the proxy does all that it should', async () => {
    const folder = layOut('vite')
    const port = await findPort()
    const publicOrigin = `http://localhost:${port}`
    const { origin } = await serve(folder, serverOf, { PUBLIC_ORIGIN: publicOrigin })
    const vite = startProgram(folder, [process.execPath, join(installed, 'vite/bin/vite.js'), '--port', String(port), '--strictPort'], {
      API_SERVER: origin,
    })
    onTestFinished(() => vite.stop())
    await untilItAnswers(publicOrigin, vite)
    await expectProxy({ origin: publicOrigin, program: vite })
  })

  it('and nobody said what its origin is → refused, and the server says which origin and host it saw', async () => {
    const folder = layOut('vite-wrong')
    misplaceParser(folder, (source) => source.replace(/ {2}origins: .*\n/, ''))
    const port = await findPort()
    const { origin, program } = await serve(folder, serverOf)
    const vite = startProgram(folder, [process.execPath, join(installed, 'vite/bin/vite.js'), '--port', String(port), '--strictPort'], {
      API_SERVER: origin,
    })
    onTestFinished(() => vite.stop())
    const publicOrigin = `http://localhost:${port}`
    await untilItAnswers(publicOrigin, vite)
    const headers = { 'x-tokenwell': '1', cookie: 'session=visitor', origin: publicOrigin }
    const refused = await ask(`${publicOrigin}/api/cities/1`, { headers })
    expect([refused.status, refused.headers['x-tokenwell-error'], refused.body]).toEqual([
      403,
      'cross_site',
      expect.stringContaining('Vite'),
    ])
    expect(program.output()).toContain(`The Origin is ${publicOrigin}; the request is for ${origin}.`)
  })
})

describe('next', () => {
  const next = (...command: string[]) => [process.execPath, join(installed, 'next/dist/bin/next'), ...command]

  /** Turbopack else takes the whole repository for the project, with a `src/proxy.ts` that is none of Next's. */
  const prepare = (name: string): string => {
    const folder = layOut(name)
    const config = { turbopack: { root: workspace }, outputFileTracingRoot: workspace }
    writeFileSync(join(folder, 'next.config.mjs'), `export default ${JSON.stringify(config)}\n`)
    return folder
  }

  it('next dev → the proxy does all that it should', async () => {
    await expectProxy(await serve(prepare('next-dev'), (port) => next('dev', '--port', String(port))))
  }, 240_000)

  it('next build, next start → the same, also behind another host that the front end keeps, or changes', async () => {
    const folder = prepare('next-start')
    await runProgram(folder, next('build'), {})
    const start = (port: number) => next('start', '--port', String(port))
    const served = await serve(folder, start)
    await expectProxy(served)
    // The public host, as nginx passes it with `proxy_set_header Host $http_host`.
    await expectProxy({ ...served, origin: 'https://app.example.com', address: served.origin, host: 'app.example.com' })

    const behind = await serve(folder, start, { PUBLIC_ORIGIN: 'https://app.example.com' })
    await expectProxy({ ...behind, origin: 'https://app.example.com', address: behind.origin, host: 'internal:3000' })
  }, 240_000)
})

it('bun → the proxy does all that it should', async () => {
  const bun = join(runtimes, '@oven/bun-linux-x64/bin/bun')
  await expectProxy(await serve(layOut('bun'), () => [bun, 'run', 'server.ts']))
})

it('deno → the proxy does all that it should', async () => {
  const deno = join(runtimes, '@deno/linux-x64-glibc/deno')
  const command = (port: number) => [deno, 'serve', '--allow-env', '--allow-net', '--no-prompt', '--port', String(port), 'server.ts']
  await expectProxy(await serve(layOut('deno'), command))
})

it('workers → the proxy does all that it should', async () => {
  const folder = layOut('workers')
  const bundled = await build({
    entryPoints: [join(folder, 'worker.ts')],
    bundle: true,
    format: 'esm',
    write: false,
    conditions: ['import'],
  })
  const { Miniflare } = createRequire(join(runtimes, 'here.js'))('miniflare')
  const worker = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.mjs', contents: bundled.outputFiles[0]?.text }],
    compatibilityDate: '2026-07-01',
    bindings: world.environment,
    port: 0,
  })
  onTestFinished(() => worker.dispose())
  const { port } = (await worker.ready) as URL
  const program = { output: () => '', stop: async () => {} }
  await expectProxy({ origin: `http://127.0.0.1:${port}`, program })
})

it('workers, by wrangler dev → the same, with the settings in .dev.vars', async () => {
  const folder = layOut('workers-wrangler')
  const settings = Object.entries(world.environment).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(folder, '.dev.vars'), settings.join(''))
  const wrangler = [process.execPath, join(installed, 'wrangler/bin/wrangler.js'), 'dev', 'worker.ts']
  const command = (port: number) => [...wrangler, '--port', String(port), '--compatibility-date', '2026-04-01']
  await expectProxy(await serve(folder, command, { WRANGLER_SEND_METRICS: 'false', CI: '1' }))
})
