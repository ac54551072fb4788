import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findDeadUrl, type SmokeServer, startSmokeServer } from './smoke-server.ts'

const root = resolve(import.meta.dirname, '../..')
const installed = join(root, 'tools/runtimes/node_modules')

/** Runtimes that have processes, and how each is called. The running Node is 26, the others come with `tools/runtimes`. */
const commands: Record<string, string[]> = {
  node22: [join(installed, 'node22/bin/node')],
  node24: [join(installed, 'node24/bin/node')],
  node26: [process.execPath],
  deno: [join(installed, '@deno/linux-x64-glibc/deno'), 'run', '--allow-net=127.0.0.1', '--no-prompt', '--quiet'],
  bun: [join(installed, '@oven/bun-linux-x64/bin/bun'), 'run'],
}

// RUNTIMES=node22,deno,… makes them mandatory; without it, those that are not installed are skipped.
const mandatory = process.env['RUNTIMES']?.split(',').filter(Boolean)
const isWanted = (name: string, path: string) => (mandatory ? mandatory.includes(name) : existsSync(path))

const proxiedHeaders = ['cache-control', 'content-type', 'x-content-type-options']
const problemHeaders = [...proxiedHeaders, 'x-tokenwell-error']

const expected = {
  parallel: [200],
  afterParallel: { tokenRequests: 1, apiRequests: 20, rejected: 0 },
  replayed: { method: 'POST', path: expect.stringMatching(/\/api\/b$/), body: 'the body' },
  afterReplay: { tokenRequests: 2, apiRequests: 22, rejected: 1 },
  client: { method: 'GET', path: expect.stringMatching(/\/api\/cities$/), body: '' },
  refused: [true, 'TokenNetworkError', 'network_failed'],
  foreign: [true, 'OriginNotAllowedError', 'origin_not_allowed'],
  aborted: 'the reason itself',
  proxied: {
    get: [200, null, proxiedHeaders, { method: 'GET', path: expect.stringMatching(/\/api\/cities\/1$/), body: '' }],
    small: [200, null, proxiedHeaders, { method: 'POST', path: expect.stringMatching(/\/api\/cities\/2$/), body: 'small' }],
    streamed: [200, null, proxiedHeaders, { method: 'POST', path: expect.stringMatching(/\/api\/cities\/3$/), body: 'streamed body' }],
    redirected: [502, 'upstream_redirected', problemHeaders, true],
    hostile: [404, 'not_found', problemHeaders, true],
    foreign: [403, 'header_missing', problemHeaders, true],
  },
  signed: { ES256: [200, 200, 200], EdDSA: [200, 200, 200], RS256: [200, 200, 200] },
  device: ['WDJB-MJHT', true, 200],
}

let folder: string
let server: SmokeServer
let deadUrl: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenwell-runtimes-'))
  server = await startSmokeServer()
  deadUrl = await findDeadUrl()
  await build({
    entryPoints: { main: join(import.meta.dirname, 'main.ts'), worker: join(import.meta.dirname, 'worker.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    // Neutral: whatever would need Node does not resolve.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import'],
    // Without the paths of tsconfig.json, which lead to src/: the package names itself, and `exports` says what that is.
    tsconfigRaw: {},
  })
})

afterAll(async () => {
  await server?.close()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

describe.each(Object.entries(commands))('%s', (name, [program = '', ...options]) => {
  it.runIf(isWanted(name, program))('does what every runtime does, and exits by itself', async () => {
    const startedAt = performance.now()
    const { stdout, stderr } = await promisify(execFile)(
      program,
      [...options, join(folder, 'main.mjs'), `${server.url}/${name}`, deadUrl],
      {
        timeout: 30_000,
      },
    )
    expect(JSON.parse(stdout)).toEqual(expected)
    // Nothing of ours may make a runtime complain (an unhandled rejection, localStorage on Node 26).
    expect(stderr).toBe('')
    // An hour's renewal timer was left behind.
    expect(performance.now() - startedAt).toBeLessThan(15_000)
  })
})

const miniflare = join(installed, 'miniflare')
describe.runIf(isWanted('workerd', miniflare))('workerd', () => {
  it('does what every runtime does, and shares a store between requests that have a manager each', async () => {
    const { Miniflare } = createRequire(join(installed, 'here.js'))('miniflare')
    const worker = new Miniflare({
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents: readFileSync(join(folder, 'worker.mjs'), 'utf8') }],
      compatibilityDate: '2026-07-01',
      bindings: { url: `${server.url}/workerd`, deadUrl },
    })
    try {
      const smoked = await worker.dispatchFetch('http://worker.example/smoke')
      expect(await smoked.json()).toEqual(expected)

      // Cold: whoever comes second waits for the store, never for a promise of the other request, which would not settle.
      const together = await Promise.all(['/a', '/b', '/c'].map((path) => worker.dispatchFetch(`http://worker.example${path}`)))
      expect(together.map(({ status }: Response) => status)).toEqual([200, 200, 200])
      for (const path of ['/first', '/second']) expect((await worker.dispatchFetch(`http://worker.example${path}`)).status).toBe(200)
      const counts = await fetch(`${server.url}/workerd-shared/counts`)
      expect(await counts.json()).toEqual({ tokenRequests: 1, apiRequests: 5, rejected: 0 })

      const proxied = { method: 'POST', body: 'the body', headers: { 'x-tokenwell': '1', cookie: 'session' } }
      const answer = await worker.dispatchFetch('http://worker.example/proxy/cities/1', proxied)
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
      expect(await answer.json()).toEqual({ method: 'POST', path: '/workerd-shared/api/cities/1', body: 'the body' })
      expect((await worker.dispatchFetch('http://worker.example/proxy/cities/1')).status).toBe(403)
    } finally {
      await worker.dispose()
    }
  })
})
