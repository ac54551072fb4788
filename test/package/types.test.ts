import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { beforeAll, describe, expect, inject, it } from 'vitest'

const consumer = inject('consumer')

const resolutions = {
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
}

// Each kind of program has the types of one platform alone, and none of them asks for `Symbol.dispose` by itself.
const platforms = {
  'a browser program': { lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], types: [] },
  'a web worker': { lib: ['lib.es2023.d.ts', 'lib.webworker.d.ts', 'lib.webworker.iterable.d.ts'], types: [] },
  'a Node program without DOM types': { lib: ['lib.es2023.d.ts'], types: ['node'] },
}

beforeAll(() => {
  for (const name of ['uses.ts', 'misuses.ts']) copyFileSync(join(import.meta.dirname, 'consumers', name), join(consumer, name))
})

describe.each(Object.entries(platforms))('the types, in %s', (_, platform) => {
  it('let through what is right, stop what is wrong, and check out themselves, where a program checks its libraries (nodenext)', () => {
    expect(compile({ ...platform, ...resolutions.nodenext, skipLibCheck: false })).toEqual([])
  })

  it('let through what is right and stop what is wrong (bundler)', () => {
    expect(compile({ ...platform, ...resolutions.bundler, skipLibCheck: true })).toEqual([])
  })
})

// TypeScript's own files are most of each program, and the same in all of them.
const libraryFiles = new Map<string, ts.SourceFile | undefined>()

function createHost(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options)
  const { getSourceFile } = host
  host.getSourceFile = (path, ...rest) => {
    if (!path.includes('/node_modules/typescript/lib/')) return getSourceFile.call(host, path, ...rest)
    if (!libraryFiles.has(path)) libraryFiles.set(path, getSourceFile.call(host, path, ...rest))
    return libraryFiles.get(path)
  }
  return host
}

function compile(platform: ts.CompilerOptions): string[] {
  const options = {
    target: ts.ScriptTarget.ES2023,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    typeRoots: [join(consumer, 'node_modules/@types')],
    ...platform,
  }
  const files = ['uses.ts', 'misuses.ts'].map((name) => join(consumer, name))
  const program = ts.createProgram(files, options, createHost(options))
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}
