// Writes docs/apis.md from the files in examples/providers/: `npm run docs:apis`. A test fails while the page is stale.
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..')
const page = join(root, 'docs/apis.md')
const folder = 'examples/providers'

export interface ApiExample {
  readonly file: string
  /** The name and kind of the API: the first line of the comment. */
  readonly title: string
  readonly odd: string
  /** Addresses, and what was run. */
  readonly facts: string
  /** Lines of the profile, without those of its functions. */
  readonly lines: number
  /** The names of the fields that take a function. */
  readonly functions: readonly string[]
}

export function readExamples(): ApiExample[] {
  return globSync(`${folder}/*.ts`, { cwd: root })
    .map((path) => readExample(basename(path)))
    .toSorted((a, b) => a.title.localeCompare(b.title, 'en'))
}

/** @throws Error where the file does not keep to the form: title, «Odd:», «Facts:», one profile. */
function readExample(file: string): ApiExample {
  const text = readFileSync(join(root, folder, file), 'utf8')
  const [, comment = ''] = /^\/\*\*\n(.*?)\n \*\/\nexport const \w+ = defineProvider\(/ms.exec(text) ?? []
  const words = comment.replace(/^ \* ?/gm, '')
  const [, title, odd, facts] = /^(\S[^\n]*\.)\n\nOdd: (\S.*\.)\nFacts: (\S.*)$/s.exec(words) ?? []
  if (!title || !odd || !facts) throw new Error(`${file}: the comment of the profile is not «title», «Odd: …», «Facts: …»`)
  return {
    file,
    title,
    odd: odd.charAt(0).toUpperCase() + odd.slice(1).replaceAll('\n', ' '),
    facts: facts.replaceAll('\n', ' '),
    ...measure(file, text),
  }
}

function measure(file: string, text: string): Pick<ApiExample, 'lines' | 'functions'> {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true)
  const linesOf = (node: ts.Node): number => {
    const [from, to] = [node.getStart(source), node.getEnd()].map((at) => source.getLineAndCharacterOfPosition(at).line)
    return (to ?? 0) - (from ?? 0) + 1
  }
  const functions = new Set<string>()
  let lines = 0
  const visit = (node: ts.Node): void => {
    const isFunction = ts.isPropertyAssignment(node) && ts.isArrowFunction(node.initializer)
    if (isFunction) {
      functions.add(node.name.getText(source))
      lines -= linesOf(node)
    } else ts.forEachChild(node, visit)
  }
  const find = (node: ts.Node): void => {
    const callee = ts.isCallExpression(node) ? node.expression.getText(source) : ''
    const [described] = ts.isCallExpression(node) ? node.arguments : []
    if (callee === 'defineProvider' && described) lines += linesOf(described)
    const before = lines
    if (['defineProvider', 'customGrant'].includes(callee) && described) visit(described)
    // Functions of a grant were never counted.
    if (callee === 'customGrant') lines = before
    ts.forEachChild(node, find)
  }
  find(source)
  return { lines, functions: [...functions] }
}

/** What `npm run test:apis:real` ran last, by the profile's name: the software with its version. */
function readRealRuns(): Readonly<Record<string, string>> {
  const path = join(root, 'test/apis/real/ran.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

export function writePage(examples: readonly ApiExample[] = readExamples()): string {
  const ran = readRealRuns()
  const rows = examples.map(({ file, title, odd, lines, functions }) => {
    const cells = [`[${title.replace(/\.$/, '')}](../${folder}/${file})`, odd, lines, functions.map((name) => `\`${name}\``).join(', ')]
    return `| ${[...cells, ran[basename(file, '.ts')] ?? ''].join(' | ')} |`
  })
  const isData = examples.filter(({ functions }) => functions.length === 0).length
  const others = Object.entries(ran).filter(([name]) => !examples.some(({ file }) => basename(file, '.ts') === name))
  return `# APIs that hand out tokens their own way

${examples.length} APIs, each in one small file that you can copy: the profile, the grant, and a call. ${isData} profiles are data alone.

\`\`\`sh
cp node_modules/tokenwell/examples/providers/matrix.ts .  # then change its host and its names
\`\`\`

| API | what is odd about it | lines of data | functions | run against the real software |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

## How they were tried

- **All of them** run against servers that behave as the APIs are documented, in \`test/apis/servers/\`. Five probes are the
  same for all. The token request is exactly what the API wants. A dropped token is noticed and renewed, and the call is
  sent again. A dead refresh token leads to a log-in or a sign-in. Lifetimes are kept. A wrong password is sent once.
- **Against the real software** ran what the last column names: \`npm run test:apis:real\` installs it and runs the same
  probes, as far as the software allows.${others.length > 0 ? ` It also runs ${others.map(([, software]) => software).join(' and ')}, with the preset \`oauth2()\`.` : ''}
- **None was tried against a vendor's cloud.** The addresses in a file say where its facts come from. Vendors change
  their APIs: compare with the current documents, and with what your own account is answered.

Hosts, names of applications and lifetimes that are settings are examples. Put yours in their place.

For an API that is not here, [write a provider](writing-a-provider.md).

This page is made from the files by \`npm run docs:apis\`.
`
}

if (import.meta.main) writeFileSync(page, writePage())
