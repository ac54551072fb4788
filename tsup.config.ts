// What is published. tsup is kept to what any bundler does (entries, ESM, declarations, a chunk that is shared), so that it can be replaced.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { defineConfig, type Options } from 'tsup'

const entry = {
  index: 'src/index.ts',
  ky: 'src/ky.ts',
  node: 'src/node.ts',
  redis: 'src/redis.ts',
  'sign-in': 'src/sign-in.ts',
  proxy: 'src/proxy.ts',
  opentelemetry: 'src/opentelemetry.ts',
  testing: 'src/testing.ts',
  emulator: 'src/emulator.ts',
}

/** What subpaths of several kinds have in common. */
const shared = [
  ...['errors', 'plain-data', 'check', 'redact', 'time', 'secure-url', 'standard-words', 'hex', 'random-id'].map(
    (file) => `base/${file}.ts`,
  ),
  ...['listeners', 'operation-queue', 'store-error', 'ended-record'].map((file) => `stores/${file}.ts`),
]

/**
 * Puts these files into one chunk. By itself esbuild makes a chunk for each set of subpaths that share a file: seven of them, of a
 * kilobyte or two, took an eighth of the time that `import 'tokenwell'` takes. Other bundlers have an option for it (`manualChunks`).
 */
const oneChunk: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'one-chunk',
  setup({ initialOptions, onLoad, onResolve }) {
    const files = new Set(shared.map((file) => resolve('src', file)))
    const entries = new Set(Object.values(initialOptions.entryPoints as Record<string, string>).map((file) => resolve(file)))
    // Otherwise esbuild drops an import of no names, since package.json says that no file has side effects.
    onResolve({ filter: /\.ts$/ }, ({ path, resolveDir }) => {
      const file = resolve(resolveDir, path)
      return files.has(file) ? { path: file, sideEffects: true } : undefined
    })
    onResolve({ filter: /^one-chunk$/ }, ({ path }) => ({ path, namespace: path, sideEffects: true }))
    onLoad({ filter: /^one-chunk$/, namespace: 'one-chunk' }, () => ({
      contents: shared.map((file) => `import './${file}'`).join('\n'),
      resolveDir: resolve('src'),
    }))
    onLoad({ filter: /\.ts$/ }, async ({ path }) =>
      entries.has(path) ? { contents: `${await readFile(path, 'utf8')}import 'one-chunk'\n`, loader: 'ts' } : undefined,
    )
  },
}

export default defineConfig({
  entry: { ...entry, 'testing-node': 'src/testing-node.ts', cli: 'src/cli/main.ts' },
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  // `testing-node` has the types of `testing`, and the command has none. Programs whose `lib` lacks Symbol.dispose get it with the types.
  dts: { entry, banner: '/// <reference lib="esnext.disposable" />' },
  sourcemap: true,
  clean: true,
  esbuildPlugins: [oneChunk],
  // Workers and Deno know `node:http`, and not `http`.
  removeNodeProtocol: false,
  external: [/^node:/],
  silent: true,
})
