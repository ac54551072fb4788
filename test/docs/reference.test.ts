import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { filesOf, readFile } from './support/read-site.ts'

const root = resolve(import.meta.dirname, '../..')

interface ExportedName {
  readonly subpath: string
  readonly name: string
  readonly docstring: string
}

const names = readExports()
const pages = filesOf('reference/**/*.html')

describe('the API reference', () => {
  it.each([...new Set(names.map(({ subpath }) => subpath))])('has a page for each name that %s exports', (subpath) => {
    const exported = names.filter((one) => one.subpath === subpath)
    expect(exported.length).toBeGreaterThan(0)
    // A name of two subpaths has its page in one of them.
    expect(exported.filter(({ name }) => !pages.some((page) => page.endsWith(`/${name}.html`))).map(({ name }) => name)).toEqual([])
  })

  it('has a page for each subpath', () => {
    for (const { subpath } of names) expect(pages).toContain(`reference/${subpath}/index.html`)
  })

  it('has a docstring for each name', () => {
    expect(names.filter(({ docstring }) => docstring === '').map(({ subpath, name }) => `${subpath}: ${name}`)).toEqual([])
  })

  it('shows the docstring of each name on its page, and in the table of a subpath', () => {
    const copies = filesOf('reference/**/*.md')
    const letters = (text: string): string => text.replace(/\]\([^)]*\)|@link|\P{L}/gu, '')
    // The table of a subpath shows it, too.
    const tables = copies.filter((copy) => copy.endsWith('/index.md')).map((copy) => letters(readFile(copy)))
    const wrong = names.filter(({ name, docstring }) => {
      const shown = copies.filter((copy) => copy.endsWith(`/${name}.md`)).map((copy) => letters(readFile(copy)))
      return ![shown, tables].every((texts) => texts.some((text) => text.includes(letters(docstring).slice(0, 40))))
    })
    expect(wrong.map(({ subpath, name }) => `${subpath}: ${name}`)).toEqual([])
  })
})

/** What the subpaths of the package export, by the type checker. */
function readExports(): ExportedName[] {
  const { name: packageName, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, { types?: string }>
  }
  const entries = Object.entries(exports).flatMap(([path, { types }]) =>
    types ? [{ subpath: join(packageName, path), file: join(root, types.replace(/^\.\/dist\/(.*)\.d\.ts$/, 'src/$1.ts')) }] : [],
  )
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['src/index.ts'] }, ts.sys, root)
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    options,
  )
  const checker = program.getTypeChecker()
  return entries.flatMap(({ subpath, file }) => {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    return (module ? checker.getExportsOfModule(module) : []).map((symbol) => {
      const declared = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      return { subpath, name: symbol.name, docstring: ts.displayPartsToString(declared.getDocumentationComment(checker)) }
    })
  })
}
