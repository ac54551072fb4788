import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { afterAll, describe, expect, it } from 'vitest'

// A path that TypeScript does not follow: the configuration is JavaScript.
const { default: config } = await import(join(import.meta.dirname, '../../.dependency-cruiser.mjs'))

const folder = mkdtempSync(join(tmpdir(), 'tokenwell-directions-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the lint of import directions', () => {
  it.each([
    ['token does not know the vocabulary', 'src/token/token.ts', '../vocabulary/provider.ts', 'imports-go-one-way'],
    ['the vocabulary does not know tokens', 'src/vocabulary/provider.ts', '../token/token.ts', 'imports-go-one-way'],
    ['token does not know the stores', 'src/token/token.ts', '../stores/memory.ts', 'imports-go-one-way'],
    ['the base knows nothing above it', 'src/base/errors.ts', '../token/token.ts', 'imports-go-one-way'],
    ['http does not ask for tokens', 'src/http/fetch.ts', '../endpoint/send.ts', 'imports-go-one-way'],
    ['the endpoint knows no provider', 'src/endpoint/send.ts', '../providers/cam2.ts', 'imports-go-one-way'],
    ['grants know no providers', 'src/grants/password.ts', '../providers/cam2.ts', 'imports-go-one-way'],
    ['the manager knows no store', 'src/manager/token-manager.ts', '../stores/memory.ts', 'imports-go-one-way'],
    ['a subpath is imported by nobody', 'src/ky/create-client.ts', '../index.ts', 'imports-go-one-way'],
    ['the test kit knows no fetch', 'src/testing/fake-clock.ts', '../http/fetch.ts', 'imports-go-one-way'],
    ['what is new has a layer', 'src/helpers/text.ts', '../base/errors.ts', 'every-file-has-a-layer'],
    ['no Node in the core', 'src/token/token.ts', 'node:crypto', 'no-node-in-the-core'],
    ['ky is not in the hot path', 'src/http/fetch.ts', 'ky', 'packages-have-their-place'],
    ['what is published imports no test', 'src/token/token.ts', '../../test/helper.ts', 'nothing-outside-src'],
    ['a path leads somewhere', 'src/token/token.ts', './absent.ts', 'everything-resolves'],
  ])('%s: %s may not import %s', async (_, from, specifier, rule) => {
    expect(await violations({ [from]: `import type { X } from '${specifier}'\nexport type Y = X` }, from, specifier)).toContain(rule)
  })

  it('finds cycles, also of types', async () => {
    const files = {
      'src/token/a.ts': `import type { B } from './b.ts'\nexport type A = B[]`,
      'src/token/b.ts': `import type { A } from './a.ts'\nexport type B = A[]`,
    }
    expect(await violations(files)).toEqual(['no-cycles'])
  })

  it('finds Node behind an isomorphic entry', async () => {
    const files = {
      'src/testing.ts': `export * from './testing/helper.ts'`,
      'src/testing/helper.ts': `export * from './emulation/start-emulator.ts'`,
      'src/testing/emulation/start-emulator.ts': `import { createServer } from 'node:http'\nexport const start = createServer`,
    }
    expect(await violations(files)).toContain('no-node-in-isomorphic-entries')
  })

  it('lets imports go down', async () => {
    const files = {
      'src/manager/token-manager.ts': `import type { X } from '../http/fetch.ts'\nimport type { T } from '../token/token.ts'\nexport type M = X | T`,
      'src/http/fetch.ts': `import type { T } from '../token/token.ts'\nexport type X = T`,
      'src/token/token.ts': `import type { E } from '../base/errors.ts'\nexport type T = E`,
      'src/base/errors.ts': 'export type E = 1',
    }
    expect(await violations(files)).toEqual([])
  })
})

let trees = 0

/** The names of the rules that a tree of files breaks. The file that is imported is added where it is a relative one. */
async function violations(files: Record<string, string>, from = '', specifier = ''): Promise<string[]> {
  const base = join(folder, String(trees++))
  const all: Record<string, string> = { ...files, 'tsconfig.json': '{}' }
  if (specifier.startsWith('.') && !specifier.includes('absent')) all[join(dirname(from), specifier)] ??= 'export type X = 1'
  if (specifier === 'ky') all['node_modules/ky/package.json'] = '{ "name": "ky", "main": "index.js" }'
  if (specifier === 'ky') all['node_modules/ky/index.js'] = ''
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(base, path)), { recursive: true })
    writeFileSync(join(base, path), text)
  }
  const { output } = await cruise(['src'], {
    ...config.options,
    tsConfig: {},
    baseDir: base,
    ruleSet: { forbidden: config.forbidden },
    validate: true,
  } as never)
  return [...new Set((output as ICruiseResult).summary.violations.map(({ rule }) => rule.name))]
}
