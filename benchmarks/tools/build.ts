import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The builds that can be measured: that of this checkout, and the one that `--against` names. */
export type Build = 'tokenwell' | 'against'

// In the environment, so that the processes that are started find it too.
const variable = 'TOKENWELL_BENCH_AGAINST'

export function setAgainst(root: string): void {
  process.env[variable] = root
}

export function againstRoot(): string {
  const root = process.env[variable]
  if (root === undefined) throw new Error('No other build was named: --against')
  return root
}

/** The folder that holds the package: `package.json` and `dist`. */
export function rootOf(build: Build): string {
  return build === 'against' ? againstRoot() : fileURLToPath(new URL('../..', import.meta.url))
}

/** The modules of a build, as users get them: not the sources. */
export async function importBuild(build: Build) {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(rootOf(build), 'dist', file)).href)
  return {
    index: (await load('index.js')) as typeof import('../../dist/index.js'),
    node: (await load('node.js')) as typeof import('../../dist/node.js'),
    redis: (await load('redis.js')) as typeof import('../../dist/redis.js'),
  }
}
