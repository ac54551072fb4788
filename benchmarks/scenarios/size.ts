import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { formatCount } from '../format.ts'
import { type Figures, medianOf, type Scenario, withoutFloor } from '../scenario.ts'
import { withLoopbackServer } from '../servers/run-loopback-server.ts'
import { credentials } from '../servers/token-server.ts'
import type { SubjectName } from '../subject.ts'

async function bundle(name: SubjectName, origin: string): Promise<Uint8Array> {
  // CommonJS code for Node only: it requires built-in modules, which an ES module cannot without help.
  const isForNode = name === 'google-auth-library'
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    platform: isForNode ? 'node' : 'browser',
    banner: { js: isForNode ? "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" : '' },
    define: {
      TOKEN_URL: JSON.stringify(`${origin}/oauth/token`),
      API_URL: JSON.stringify(`${origin}/v1/cameras`),
      CLIENT_ID: JSON.stringify(credentials.clientId),
      CLIENT_SECRET: JSON.stringify(credentials.clientSecret),
    },
  })
  return (outputFiles[0] as { contents: Uint8Array }).contents
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
    'Client credentials and one authenticated call (`programs/`), with all dependencies, bundled and minified by esbuild; each bundle is run ' +
    'against a server first. google-auth-library is bundled for Node, the others for browsers.',
  columns: [
    { key: 'gzip', heading: 'gzip, bytes', format: formatCount },
    { key: 'brotli', heading: 'brotli, bytes', format: formatCount },
    { key: 'minified', heading: 'minified, bytes', format: formatCount },
  ],
  targets: [{ text: '≤ 15.5 kB gzip', isReached: ({ gzip }) => medianOf(gzip) <= 15_500 }],
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
