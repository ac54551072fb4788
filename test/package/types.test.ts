import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { beforeAll, describe, expect, inject, it } from 'vitest'

const consumer = inject('consumer')

const resolutions = {
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
}

// A program with the DOM's types, as in a browser; one with both, as most have; one on Node that has never heard of it.
const platforms = {
  'a browser program': { lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], types: [] },
  'a Node program without DOM types': { lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'], types: ['node'] },
}

beforeAll(() => {
  for (const name of ['uses.ts', 'misuses.ts']) copyFileSync(join(import.meta.dirname, 'consumers', name), join(consumer, name))
})

describe.each(Object.entries(platforms))('the types, in %s', (_, platform) => {
  it.each(Object.entries(resolutions))('let through what is right and stop what is wrong (%s)', (_name, resolution) => {
    expect(compile({ ...platform, ...resolution, skipLibCheck: true })).toEqual([])
  })

  it('check out themselves, where a program checks its libraries', () => {
    expect(compile({ ...platform, ...resolutions.nodenext, skipLibCheck: false })).toEqual([])
  })
})

function compile(options: ts.CompilerOptions): string[] {
  const program = ts.createProgram(
    ['uses.ts', 'misuses.ts'].map((name) => join(consumer, name)),
    {
      target: ts.ScriptTarget.ES2023,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      typeRoots: [join(consumer, 'node_modules/@types')],
      ...options,
    },
  )
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}
