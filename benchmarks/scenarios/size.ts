import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { formatCount } from '../format.ts'
import { atMost } from '../goals.ts'
import { type Figures, type Scenario, withoutFloor } from '../scenario.ts'
import { withLoopbackServer } from '../servers/run-loopback-server.ts'
import type { SubjectName } from '../subject.ts'
import { rootOf } from '../tools/build.ts'
import { bundleProgram } from '../tools/bundle-program.ts'

function bundle(name: SubjectName, origin: string): Promise<Uint8Array> {
  // CommonJS code for Node only: it requires built-in modules, which an ES module cannot without help.
  const isForNode = name === 'google-auth-library'
  return bundleProgram(name, origin, {
    minify: true,
    platform: isForNode ? 'node' : 'browser',
    banner: { js: isForNode ? "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" : '' },
    alias: { tokenwell: join(rootOf(name === 'against' ? name : 'tokenwell'), 'dist', 'index.js') },
  })
}

/** A program that does not get its answer proves nothing by being small. */
async function expectToWork(file: string): Promise<void> {
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  await once(child, 'close')
  if (output.trim() !== '200') throw new Error(`The bundled program did not print 200 but: ${output.slice(0, 500)}`)
}

export const size: Scenario = {
  id: 'S6',
  title: 'Size of the smallest useful program',
  method:
    'Client credentials and one authenticated call (`programs/`), with all dependencies, bundled and minified by esbuild. Each bundle is run ' +
    'against a server first. The one of google-auth-library is for Node, the others are for browsers.',
  columns: [
    { key: 'gzip', heading: 'gzip, bytes', format: formatCount },
    { key: 'brotli', heading: 'brotli, bytes', format: formatCount },
    { key: 'minified', heading: 'minified, bytes', format: formatCount },
  ],
  goals: [atMost(20_000, '≤ 20 kB gzip', 'gzip')],
  run: ({ subjects }) =>
    withLoopbackServer(async (origin) => {
      const results = new Map<SubjectName, Figures>()
      const directory = await mkdtemp(join(tmpdir(), 'tokenwell-bench-'))
      try {
        for (const [name] of withoutFloor(subjects)) {
          const code = await bundle(name, origin)
          const file = join(directory, `${name}.mjs`)
          await writeFile(file, code)
          await expectToWork(file)
          const gzip = gzipSync(code, { level: 9 }).length
          results.set(name, { gzip, brotli: brotliCompressSync(code).length, minified: code.length })
        }
      } finally {
        await rm(directory, { recursive: true })
      }
      return results
    }),
}
