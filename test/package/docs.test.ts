import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { parseArguments, usage } from '../../examples/main-job/arguments.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const pages = globSync('{*.md,docs/**/*.md,decisions/*.md}', { cwd: root }).toSorted()
const readme = read('README.md')

/** What an example may use without importing it: `tokens`, as the pages say; and packages that are not installed here. */
const context = `
  declare const tokens: import('tokenwell').TokenManager

  // The parts that the recipes use, as in axios 1.21, openapi-fetch 0.17, socket.io-client 4.8, @tanstack/react-query 5,
  // hono 4, react 19, react-router 8 and vue 3.
  declare module 'axios' {
    interface AxiosInstance {
      get<T = unknown>(url: string, config?: { params?: object }): Promise<{ data: T }>
      interceptors: { request: { use(onFulfilled: (config: { headers: { set(name: string, value: string): void } }) => unknown): number } }
    }
    interface AxiosConfig { baseURL?: string; adapter?: 'fetch' | 'xhr' | 'http'; env?: { fetch?: typeof fetch }; allowAbsoluteUrls?: boolean }
    const axios: {
      create(config?: AxiosConfig): AxiosInstance
      isAxiosError(value: unknown): value is Error & { code?: string; cause?: Error }
    }
    export default axios
  }
  declare module 'openapi-fetch' {
    export default function createClient<Paths>(options?: { baseUrl?: string; fetch?: (input: Request) => Promise<Response> }): {
      GET<P extends keyof Paths>(path: P): Promise<{ data?: unknown; error?: unknown; response: Response }>
    }
  }
  declare module '@badgateway/oauth2-client' {
    interface OAuth2Token { accessToken: string; expiresAt: number | null; refreshToken: string | null }
    export class OAuth2Client {
      constructor(settings: { tokenEndpoint?: string; authorizationEndpoint?: string; clientId: string; clientSecret?: string })
      clientCredentials(params?: { scope?: string[] }): Promise<OAuth2Token>
      password(params: { username: string; password: string }): Promise<OAuth2Token>
      authorizationCode: {
        getAuthorizeUri(params: { redirectUri: string; state?: string; codeVerifier?: string; scope?: string[] }): Promise<string>
        getTokenFromCodeRedirect(url: string, params: { redirectUri: string; state?: string; codeVerifier?: string }): Promise<OAuth2Token>
      }
    }
    export class OAuth2Fetch {
      constructor(options: {
        client: OAuth2Client
        getNewToken(): OAuth2Token | null | Promise<OAuth2Token | null>
        storeToken?: (token: OAuth2Token) => void
        getStoredToken?: () => OAuth2Token | null
      })
      fetch(input: string, init?: RequestInit): Promise<Response>
    }
    export function generateCodeVerifier(): Promise<string>
  }
  declare module 'client-oauth2' {
    interface Token { accessToken: string; sign<T extends { url: string; headers?: object }>(request: T): T; expired(): boolean; refresh(): Promise<Token> }
    export default class ClientOAuth2 {
      constructor(options: { clientId?: string; clientSecret?: string; accessTokenUri?: string; authorizationUri?: string; redirectUri?: string; scopes?: string[] })
      credentials: { getToken(): Promise<Token> }
      owner: { getToken(username: string, password: string): Promise<Token> }
      code: { getUri(): string; getToken(uri: string): Promise<Token> }
    }
  }
  declare module 'undici' {
    export * from 'undici-types'
  }
  // sdk-node 0.223.
  declare module '@opentelemetry/sdk-node' {
    export namespace metrics {
      class ConsoleMetricExporter {}
      class PeriodicExportingMetricReader { constructor(options: { exporter: ConsoleMetricExporter; exportIntervalMillis?: number }) }
    }
    export namespace tracing { class ConsoleSpanExporter {} }
    export class NodeSDK {
      constructor(options?: { traceExporter?: tracing.ConsoleSpanExporter; metricReaders?: metrics.PeriodicExportingMetricReader[] })
      start(): void
      shutdown(): Promise<void>
    }
  }
  declare module 'socket.io-client' {
    interface Socket {
      readonly active: boolean
      connect(): this
      on(event: string, listener: (...args: never[]) => void): this
      emit(event: string, ...args: unknown[]): this
    }
    export function io(url: string, options?: { auth?: object | ((send: (data: object) => void) => void) }): Socket
  }
  declare module 'hono' {
    export class Hono {
      all(path: string, handler: (context: { req: { raw: Request } }) => Response | Promise<Response>): this
      fetch(request: Request): Response | Promise<Response>
    }
  }
  declare module 'react' {
    export function useEffect(effect: () => (() => void) | undefined, dependencies?: readonly unknown[]): void
    export function useState<T>(initial: T): [T, (value: T) => void]
  }
  declare module 'react-router' {
    export function createBrowserRouter(routes: readonly object[]): unknown
    export function replace(url: string): Response
  }
  declare module 'vue' {
    export function onMounted(hook: () => unknown): void
    export function ref<T>(): { value: T | undefined }
  }
  declare module '@tanstack/react-query' {
    export function useQuery<T>(options: {
      queryKey: readonly unknown[]
      queryFn: (context: { signal: AbortSignal }) => Promise<T>
      retry?: boolean | number | ((failureCount: number, error: Error) => boolean)
    }): { data: T | undefined; error: Error | null }
  }
`

interface Example {
  readonly page: string
  readonly line: number
  readonly code: string
}

const examples: readonly Example[] = pages.flatMap((page) =>
  [...read(page).matchAll(/^```(?:ts|typescript)\n(.*?)^```$/gms)].map((match) => ({
    page,
    line: read(page).slice(0, match.index).split('\n').length,
    code: match[1] ?? '',
  })),
)

describe('examples', () => {
  it('are found', () => expect(examples.length).toBeGreaterThan(25))

  it('compile against the sources, each as a module of its own', () => expect(compile(examples)).toEqual([]), 60_000)

  it('that complete a sign-in exchange the code at once: a reload before the first call would lose it', () => {
    const completing = examples.filter(({ code }) => code.includes('await completeSignIn('))
    expect(completing.length).toBeGreaterThan(3)
    expect(completing.filter(({ code }) => !code.includes('getToken()')).map(({ page, line }) => `${page}:${line}`)).toEqual([])
  })

  it('that log in to Musement do it by POST: a GET has the client secret in its URL', () => {
    const logIns = [...examples.map(({ code }) => code), read('examples/list-cities.ts')].filter((code) => /\bmusement\(/.test(code))
    expect(logIns.length).toBeGreaterThan(4)
    expect(logIns.filter((code) => !code.includes("method: 'POST'"))).toEqual([])
  })

  it('are TypeScript: nobody would compile another language', () => {
    for (const page of pages) expect(read(page), page).not.toMatch(/^```(js|jsx|tsx|javascript|mjs)$/m)
  })
})

describe('links', () => {
  it('lead somewhere', () => {
    const dead = pages.flatMap((page) => {
      const targets = [...withoutCode(read(page)).matchAll(/\]\(([^()\s]+)\)/g)].map((match) => match[1] ?? '')
      return targets
        .filter((target) => !target.startsWith('https://') && !leadsSomewhere(page, target))
        .map((target) => `${page}: ${target}`)
    })
    expect(dead).toEqual([])
  })

  it('lead to every page of docs and decisions', () => {
    const linked = new Set(
      pages.flatMap((page) => [...read(page).matchAll(/\]\(([^()\s#]+)[^()\s]*\)/g)].map((match) => join(dirname(page), match[1] ?? ''))),
    )
    expect(pages.filter((page) => page.includes('/') && !linked.has(page))).toEqual([])
  })
})

describe('names', () => {
  const exported = namesOf('src/index.ts')
  const members = [
    ...membersOf('src/manager/token-manager.ts', 'TokenManager'),
    ...membersOf('src/token/token-store.ts', 'TokenStore'),
    ...membersOf('src/testing/emulation/create-emulation.ts', 'EmulationControl'),
  ]
  const subpaths = [
    'src/testing.ts',
    'src/ky.ts',
    'src/emulator.ts',
    'src/node.ts',
    'src/redis.ts',
    'src/opentelemetry.ts',
    'src/sign-in.ts',
    'src/proxy.ts',
  ].flatMap(namesOf)

  it('of functions and errors in the text exist', () => {
    const known = new Set([...exported, ...subpaths, ...members, ...foreign])
    const unknown = pages.flatMap((page) => {
      const spans = [...withoutBlocks(read(page)).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '')
      const called = spans.flatMap((span) => [...span.matchAll(/(?<![.\w])([A-Za-z]\w*)\(/g)].map((match) => match[1] ?? ''))
      const errors = spans.filter((span) => /^[A-Z]\w*Error$/.test(span))
      return [...called, ...errors].filter((name) => !known.has(name)).map((name) => `${page}: ${name}`)
    })
    expect(unknown).toEqual([])
  })

  it('of every function, class and store that is exported stand somewhere in the README or in docs', () => {
    const text = pages
      .filter((page) => page === 'README.md' || page.startsWith('docs/'))
      .map(read)
      .join('\n')
    const values = [...exported, ...subpaths].filter((name) => /^[a-z]|Error$|Manager$/.test(name))
    expect(values.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([])
  })

  it('of all events stand in the README and in getting started, and no others', () => {
    const events = membersOf('src/base/events.ts', 'TokenEvents')
    const rows = [...read('docs/getting-started.md').matchAll(/^\| `(\w+)` \| [^|]*\| [^|]*\|$/gm)].map((match) => match[1] ?? '')
    expect(rows.filter((name) => events.includes(name)).toSorted()).toEqual(events.toSorted())
    for (const event of events) expect(readme).toContain(`\`${event}\``)
  })

  it('of all warnings stand in getting started, and no others', () => {
    const [, union = ''] = /warning: TokenEvent & \{\s*readonly code:\s*((?:\| '\w+'\s*)+)/.exec(read('src/base/events.ts')) ?? []
    const codes = union.match(/\w+/g) ?? []
    const [, table = ''] = /^\| warning \| means \|\n\|.*\n((?:\|.*\n)+)/m.exec(read('docs/getting-started.md')) ?? []
    const rows = [...table.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? '')
    expect(codes.length).toBeGreaterThan(1)
    expect(rows.toSorted()).toEqual(codes.toSorted())
  })

  describe('of error codes', () => {
    const codes = [...read('src/base/errors.ts').matchAll(/code: ('\w+'(?: \| '\w+')*),|super\('\w+', '(\w+)'/g)]
      .flatMap((match) => (match[1] ?? match[2] ?? '').match(/\w+/g) ?? [])
      .toSorted()

    it('and of error classes stand in docs/errors.md', () => {
      expect(codes).toHaveLength(18)
      for (const name of [...codes, ...exported.filter((one) => one.endsWith('Error'))])
        expect(read('docs/errors.md')).toContain(`\`${name}\``)
    })

    it('stand in the table of troubleshooting, once each, and no others', () => {
      const [, table = ''] = read('docs/troubleshooting.md').split('\n## By error code\n')
      const rows = [...table.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? '')
      expect(rows.filter((name) => name !== 'code').toSorted()).toEqual(codes)
    })
  })

  it('of all options of a manager stand in the table of getting started', () => {
    const options = membersOf('src/manager/options.ts', 'TokenManagerOptions')
    const text = read('docs/getting-started.md')
    expect(options.filter((name) => !new RegExp(`\`${name}[\`.]`).test(text))).toEqual([])
  })

  it.each([
    ...['Provider', 'TokenRequestProfile', 'RenewalProfile', 'TokenResponseProfile', 'ErrorRule', 'AuthorizationProfile'],
    ...['RevocationProfile', 'ReplyMatch'],
  ])('of all fields of %s stand in its table in writing a provider, once, and no others', (name) => {
    const fields = membersOf(name === 'ReplyMatch' ? 'src/vocabulary/reply-match.ts' : 'src/vocabulary/provider.ts', name)
    expect(rowsOf('docs/writing-a-provider.md', name)).toEqual([...new Set(fields)].toSorted())
  })

  it.each([
    ['clientCredentials()', 'client-credentials', 'ClientCredentialsOptions'],
    ['password()', 'password', 'PasswordOptions'],
    ['deviceCredentials()', 'device-credentials', 'DeviceCredentialsOptions'],
    ['refreshToken()', 'refresh-token', 'RefreshTokenOptions'],
    ['authorizationCode()', 'authorization-code', 'AuthorizationCodeOptions'],
    ['customGrant()', 'custom-grant', 'CustomGrantOptions'],
    ['tokenExchange()', 'token-exchange', 'TokenExchangeOptions'],
  ])('of all options of %s stand in its table in grants, once, and no others', (grant, file, name) => {
    const options = membersOf(`src/grants/${file}.ts`, name)
    expect(rowsOf('docs/grants.md', grant)).toEqual([...new Set(options)].toSorted())
  })
})

describe('commands', () => {
  it('of npm exist', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const text = pages.map(read).join('\n')
    const run = [...text.matchAll(/npm (?:run ([\w:-]+)|(start|test)\b)/g)].map((match) => match[1] ?? match[2] ?? '')
    expect(run.filter((name) => !(name in scripts))).toEqual([])
  })

  it('of `npm start` in the README are understood, and name its variables', () => {
    const lines = [...readme.matchAll(/^npm start -- ([^#\n]+)/gm)].map((match) => (match[1] ?? '').trim().split(/\s+/))
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect(() => parseArguments(line), line.join(' ')).not.toThrow()
    const named = new Set(readme.slice(readme.indexOf('| system | variables |')).match(/[A-Z]+2?_[A-Z_]+/g))
    expect((usage.match(/[A-Z]+2?_[A-Z_]+/g) ?? []).filter((name) => !named.has(name))).toEqual([])
  })
})

it('the size that the README gives is right to 1 kB, and the same in the comparison', async () => {
  const { outputFiles } = await build({
    stdin: { contents: `export { TokenManager, oauth2 } from './src/index.ts'`, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    tsconfigRaw: {},
  })
  const [, stated] = /is about ([\d.]+) kB minified and gzipped/.exec(readme) ?? []
  const measured = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / 1000
  expect(Math.abs(measured - Number(stated)), `measured ${measured.toFixed(1)} kB`).toBeLessThan(1)
  const [, compared] = /^\| smallest program, gzip \| ([\d.]+) kB \|/m.exec(readme) ?? []
  expect(compared).toBe(stated)
})

// Runs differ, and the page is written by one of them. So 0 and 1 have to be the same, and all else about the same.
it.each([
  ['1 000 calls, no token yet: token requests', 'S3', 1],
  ['1 000 calls, every token revoked: token requests', 'S4', 1],
  ['2 000 calls in 10 s, tokens live 2 s: calls over 100 ms', 'S5', 3],
  ['smallest program, gzip', 'S6', 1],
])('the comparison in the README agrees with the benchmarks: %s', (title, scenario, column) => {
  const numberOf = (cell: string) => Number(/^\d+/.exec(cell.replace(/\s/g, '').replace('none', '0').replace('kB', '000'))?.[0])
  const cellsOf = (row: string) => row.split('|').map((cell) => cell.trim())
  const row = readme.split('\n').find((line) => line.startsWith(`| ${title} |`)) ?? ''
  const [, table = ''] = read('docs/benchmarks.md').split(`\n## ${scenario}. `)
  const subjects = ['**tokenwell**', 'badgateway', 'oauth4webapi', 'google-auth-library', 'ky with hooks']
  const measured = subjects.map((subject) => {
    const line = table.split('\n').find((one) => one.startsWith(`| ${subject} |`)) ?? ''
    return numberOf(cellsOf(line)[column + 1] ?? '')
  })
  const said = cellsOf(row).slice(2, -1).map(numberOf)
  expect(said).toHaveLength(subjects.length)
  for (const [index, one] of said.entries()) {
    const other = measured[index] as number
    const isAlike = Math.min(one, other) <= 1 ? one === other : Math.max(one, other) <= 10 * Math.min(one, other)
    expect(isAlike, `${subjects[index]}: ${one} in the README, ${other} in the benchmarks`).toBe(true)
  }
})

it('the README packs this version', () => {
  const { version } = JSON.parse(read('package.json'))
  const named = [...readme.matchAll(/tokenwell-([\d.]+)\.tgz/g)].map((match) => match[1])
  expect(named.filter((one) => one !== version)).toEqual([])
})

it('the pages name no host, folder or person of the place where they were written', () => {
  for (const page of pages) expect(read(page), page).not.toMatch(/\/(work|home|root|tmp)\/|file:\/\//)
})

/** What is called in the text and is not ours. */
const foreign = [
  ...['fetch', 'require', 'clone', 'setupWorker', 'AbortSignal', 'TypeError', 'HTTPError', 'JSON', 'console', 'run', 'duplicate'],
  ...['createCluster', 'createSentinel', 'createClientPool', 'Redis', 'Cluster'],
  ...['OAuth2Client', 'getNewToken', 'generateCodeVerifier'], // of badgateway's library
]

function compile(all: readonly Example[]): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['src/index.ts'] }, ts.sys, root)
  // Beside src/, so that packages and the paths of tsconfig.json resolve. An example without imports is a module all the same. One
  // that begins with the name of its file may be imported by the others of its page.
  const nameOf = ({ page, line, code }: Example): string =>
    join(root, page.replaceAll('/', '_'), /^\/\/ ([\w-]+\.ts)\n/.exec(code)?.[1] ?? `${line}.ts`)
  const files = new Map(all.map((example) => [nameOf(example), `${example.code}\nexport {}`]))
  const contextFile = join(root, 'docs-context.d.ts')
  files.set(contextFile, context)

  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile, directoryExists } = host
  const folders = new Set([...files.keys()].map(dirname))
  host.directoryExists = (path) => folders.has(path) || directoryExists?.call(host, path) === true
  host.fileExists = (path) => files.has(path) || fileExists.call(host, path)
  host.readFile = (path) => files.get(path) ?? readFile.call(host, path)
  host.getSourceFile = (path, ...rest) => {
    const text = files.get(path)
    return text === undefined ? getSourceFile.call(host, path, ...rest) : ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return [contextFile, ...all].flatMap((example) => {
    const path = typeof example === 'string' ? example : nameOf(example)
    const firstLine = typeof example === 'string' ? 0 : example.line + 1
    const source = program.getSourceFile(path)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start = 0, messageText }) => {
      const line = firstLine + (source?.getLineAndCharacterOfPosition(start).line ?? 0)
      return `${typeof example === 'string' ? 'context' : example.page}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}

/** The names that a file exports by `export …` statements. */
function namesOf(path: string): string[] {
  return statementsOf(path).flatMap((statement) => {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      return statement.exportClause.elements.map(({ name }) => name.text)
    }
    const isExported =
      ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    return isExported && 'name' in statement ? [(statement.name as ts.Identifier).text] : []
  })
}

/** The public members of an interface, a class, or a type that is made of such. */
function membersOf(path: string, name: string): string[] {
  return statementsOf(path).flatMap((statement) => {
    if (ts.isTypeAliasDeclaration(statement) && statement.name.text === name) return membersOfType(path, statement.type)
    if (!(ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) || statement.name?.text !== name) return []
    return namesOfMembers(statement.members)
  })
}

function membersOfType(path: string, type: ts.TypeNode): string[] {
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return type.types.flatMap((one) => membersOfType(path, one))
  if (ts.isParenthesizedTypeNode(type)) return membersOfType(path, type.type)
  if (ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName)) return membersOf(path, type.typeName.text)
  return ts.isTypeLiteralNode(type) ? namesOfMembers(type.members) : []
}

function namesOfMembers(members: ts.NodeArray<ts.TypeElement | ts.ClassElement>): string[] {
  return members.flatMap(({ name }) => (name && ts.isIdentifier(name) ? [name.text] : []))
}

/** The names in the first column of the tables under a heading, sorted. */
function rowsOf(page: string, heading: string): string[] {
  const [, section = ''] = read(page).split(`# \`${heading}\`\n`)
  const [text = ''] = section.split(/^#/m)
  return [...text.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(([, names = '']) => names.match(/\w+/g) ?? []).toSorted()
}

function statementsOf(path: string): readonly ts.Statement[] {
  return ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2023, true).statements.slice()
}

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path ? join(dirname(page), path) : page
  if (!existsSync(join(root, file))) return false
  return anchor === undefined || (file.endsWith('.md') && anchorsOf(read(file)).includes(anchor))
}

/** Headings as GitHub names them. */
function anchorsOf(text: string): string[] {
  const headings = [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map((match) => match[1] ?? '')
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}

function withoutBlocks(text: string): string {
  return text.replace(/^```.*?^```$/gms, '')
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replace(/`[^`\n]*`/g, '``')
}
