import { join } from 'node:path'
import ts from 'typescript'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

const src = join(import.meta.dirname, '../../../src')
const consumer = join(src, 'consumer.ts')
const common: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  types: [],
}

describe('the declarations, in a program that checks its libraries', () => {
  const declarations = new Map<string, string>()

  beforeAll(() => {
    const options = {
      ...common,
      lib: ['lib.es2023.d.ts', 'lib.es2024.string.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      allowImportingTsExtensions: true,
      emitDeclarationOnly: true,
      declaration: true,
      noCheck: true,
    }
    const program = ts.createProgram([join(src, 'index.ts')], options)
    program.emit(undefined, (name, text) => declarations.set(name, text))
  }, 60_000)

  /** What the compiler says about a program that uses the declarations. */
  function check(code: string, lib: string[]): string[] {
    const options: ts.CompilerOptions = { ...common, lib, skipLibCheck: false, exactOptionalPropertyTypes: true, noEmit: true }
    const host = ts.createCompilerHost(options)
    const { fileExists, readFile, getSourceFile } = host
    const read = (name: string) => (name === consumer ? code : declarations.get(name))
    // The sources that the declarations were made of must not be found in their place.
    const isHidden = (name: string) => name.startsWith(src) && name.endsWith('.ts') && !name.endsWith('.d.ts')
    host.fileExists = (name) => read(name) !== undefined || (!isHidden(name) && fileExists(name))
    host.readFile = (name) => read(name) ?? readFile(name)
    host.getSourceFile = (name, target) => {
      const text = read(name)
      return text === undefined ? getSourceFile(name, target) : ts.createSourceFile(name, text, target)
    }
    const program = ts.createProgram([consumer], options, host)
    return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
  }

  const use = `
    import { TokenManager, type TokenManagerOptions } from './index.js'
    export const tokens = (options: TokenManagerOptions) => new TokenManager(options)`

  it('that knows no disposal (ES2022 and DOM) → compile', () => {
    expect(check(`${use}\n tokens({} as TokenManagerOptions).dispose()`, ['lib.es2022.d.ts', 'lib.dom.d.ts'])).toEqual([])
  }, 60_000)

  it('that does → allow using and await using', () => {
    const code = `${use}
      export async function run(options: TokenManagerOptions): Promise<[Disposable, AsyncDisposable]> {
        using one = tokens(options)
        await using other = tokens(options)
        one[Symbol.dispose]()
        await other[Symbol.asyncDispose]()
        return [one, other]
      }`
    const lib = ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts']
    expect(check(code, lib)).toEqual([])
  }, 60_000)
})

describe('where the platform has no Symbol.dispose (WebKitGTK)', () => {
  const symbolOf = Symbol
  afterEach(() => void vi.unstubAllGlobals())

  it('where the platform has no Symbol.dispose (WebKitGTK) → managers have the methods that transpiled `using` looks for', async () => {
    const names = Reflect.ownKeys(Symbol).filter((name) => name !== 'dispose' && name !== 'asyncDispose')
    const properties = names.map((name) => [name, Object.getOwnPropertyDescriptor(Symbol, name) as PropertyDescriptor])
    vi.stubGlobal(
      'Symbol',
      Object.defineProperties((text: string) => symbolOf(text), Object.fromEntries(properties)),
    )
    vi.resetModules()
    const { TokenManager, oauth2 } = await import('../../../src/index.ts')
    const tokens = new TokenManager(oauth2({ tokenUrl: 'https://a.ok/token', apiUrl: 'https://a.ok', clientId: 'c' }))
    const methods = tokens as unknown as Record<symbol, () => unknown>
    expect(methods[Symbol.for('Symbol.dispose')]?.()).toBeUndefined()
    await expect(methods[Symbol.for('Symbol.asyncDispose')]?.()).resolves.toBeUndefined()
  })
})
