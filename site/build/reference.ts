import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { Application, Comment, type Reflection, type TypeDocOptions } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import ts from 'typescript'
import { toPosix } from './paths.ts'

export interface ReferencePage {
  /** `tokenwell`, `tokenwell/ky`, … */
  readonly subpath: string
  /** `Functions`, `Interfaces`, … */
  readonly kind: string
  readonly name: string
  /** The path of the Markdown file on the site. */
  readonly target: string
}

const kinds: Readonly<Record<string, string>> = {
  functions: 'Functions',
  classes: 'Classes',
  interfaces: 'Interfaces',
  'type-aliases': 'Types',
  variables: 'Constants',
  enumerations: 'Enumerations',
}

/** The folder of types that a subpath uses and does not export, such as the options of a function. */
const notExported = 'not-exported'
const aboutNotExported =
  'Types that signatures use, and that are not exported. Where you need one, say for example `Parameters<typeof oauth2>[0]`.'

/**
 * Writes a page for each name that a subpath of the package exports, from the docstrings.
 * @throws Error where TypeDoc fails, or warns
 */
export async function writeReference(root: string, out: string): Promise<ReferencePage[]> {
  const types = join(root, 'site/.generated/.types')
  emitDeclarations(root, types)
  // No readers: a tsconfig.json would have to name the declarations.
  const app = await Application.bootstrapWithPlugins({ ...settingsOf(root, types), out }, [])
  const project = await app.convert()
  if (!project) throw new Error('TypeDoc could not read the declarations')
  for (const module of project.children ?? []) {
    comment(module, describe(root, module.name))
    const inner = module.isDeclaration() ? module.children?.find(({ name }) => name === notExported) : undefined
    if (inner) comment(inner, aboutNotExported)
    module.name = nameOf(module.name)
  }
  await app.generateOutputs(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('TypeDoc has errors or warnings: see above')
  rmSync(types, { recursive: true })
  return globSync('**/*.md', { cwd: out })
    .map(toPosix)
    .flatMap(pageAt)
    .toSorted((a, b) => a.subpath.localeCompare(b.subpath, 'en') || order(a) - order(b) || a.name.localeCompare(b.name, 'en'))
}

function comment(reflection: Reflection, text: string | undefined): void {
  if (text) reflection.comment = new Comment([{ kind: 'text', text }])
}

/** TypeDoc reads declarations: they hold what is public, and none of the types that only private fields have. */
function emitDeclarations(root: string, outDir: string): void {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: entryFiles(root) }, ts.sys, root)
  const written = { declaration: true, emitDeclarationOnly: true, noEmit: false, outDir, rootDir: join(root, 'src') }
  const program = ts.createProgram(
    entryFiles(root).map((file) => join(root, file)),
    { ...options, ...written },
  )
  const { diagnostics } = program.emit()
  if (diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, ts.createCompilerHost(options)))
  // The comment at the head of a subpath would be taken for that of its first name.
  for (const file of entryFiles(root).map((path) => declarationOf(path, outDir))) {
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\/\*\*.*?\*\/\n/s, ''))
  }
}

/** The files behind the subpaths that have types. */
function entryFiles(root: string): string[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, { types?: string }> }
  return Object.values(exports).flatMap(({ types }) => (types ? [types.replace(/^\.\/dist\/(.*)\.d\.ts$/, 'src/$1.ts')] : []))
}

function declarationOf(file: string, types: string): string {
  return join(types, file.replace(/^src\/(.*)\.ts$/, '$1.d.ts'))
}

function settingsOf(root: string, types: string): Partial<TypeDocOptions & PluginOptions> & { internalModule: string } {
  return {
    name: 'API reference',
    entryPoints: entryFiles(root).map((file) => declarationOf(file, types)),
    plugin: ['typedoc-plugin-markdown', 'typedoc-plugin-missing-exports'],
    internalModule: notExported,
    router: 'member',
    entryFileName: 'index',
    readme: 'none',
    // Checked already, where they were written.
    skipErrorChecking: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    disableSources: true,
    logLevel: 'Warn',
    hidePageHeader: true,
    indexFormat: 'table',
    // Of a subpath, and of a class.
    groupOrder: [
      ...['Functions', 'Classes', 'Interfaces', 'Type Aliases', 'Variables'],
      ...['Constructors', 'Properties', 'Accessors', 'Methods'],
      '*',
    ],
    sortEntryPoints: false,
    expandObjects: true,
    useHTMLEncodedBrackets: true,
  }
}

/** The comment at the head of a subpath's file. */
function describe(root: string, entry: string): string | undefined {
  const text = readFileSync(join(root, 'src', `${entry}.ts`), 'utf8')
  const [, words] = /^\/\*\* `tokenwell[/\w-]*`: (.*?) \*\/\n/s.exec(text) ?? []
  return words && words.charAt(0).toUpperCase() + words.slice(1).replaceAll('\n * ', ' ')
}

function nameOf(entry: string): string {
  return entry === 'index' ? 'tokenwell' : `tokenwell/${entry}`
}

function pageAt(path: string): ReferencePage[] {
  const folder = posix.dirname(path)
  const kind = kinds[posix.basename(folder)]
  if (kind === undefined) return []
  const subpath = posix.dirname(folder)
  const isExported = posix.basename(subpath) !== notExported
  const name = posix.basename(path, '.md') + (kind === 'Functions' ? '()' : '')
  const target = posix.join('reference', path)
  return [isExported ? { subpath, kind, name, target } : { subpath: posix.dirname(subpath), kind: 'Not exported', name, target }]
}

function order({ kind }: ReferencePage): number {
  const place = Object.values(kinds).indexOf(kind)
  return place < 0 ? Number.MAX_SAFE_INTEGER : place
}
