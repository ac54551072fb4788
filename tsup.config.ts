// What is published. tsup is kept to what any bundler does (entries, ESM, declarations), so that it can be replaced.
import { defineConfig } from 'tsup'

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

export default defineConfig({
  entry: { ...entry, 'testing-node': 'src/testing-node.ts', cli: 'src/cli/main.ts' },
  format: ['esm'],
  platform: 'neutral',
  target: 'es2022',
  // `testing-node` has the types of `testing`, and the command has none. Programs whose `lib` lacks Symbol.dispose get it with the types.
  dts: { entry, banner: '/// <reference lib="esnext.disposable" />' },
  sourcemap: true,
  clean: true,
  // Workers and Deno know `node:http`, and not `http`.
  removeNodeProtocol: false,
  external: [/^node:/],
  silent: true,
})
