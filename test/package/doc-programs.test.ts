import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defineProvider } from '../../src/index.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (page: string): string => readFileSync(join(root, page), 'utf8')

// A block of TypeScript begins with the name of its file. A console holds commands, each with all that it prints.
const programsOf = (page: string) =>
  [...read(page).matchAll(/^```ts\n(?:\/\/ ([\w-]+\.ts)\n)?(.*?)^```$/gms)].map(([, name, code = '']) => ({ name, code }))
const commandsOf = (page: string) =>
  [...read(page).matchAll(/^```console\n(.*?)^```$/gms)]
    .flatMap(([, text = '']) => text.split(/^\$ /m).slice(1))
    .map((text) => {
      const [, command = '', output = ''] = /^((?:[^\n]*\\\n)*[^\n]*)\n?(.*)$/s.exec(text) ?? []
      return { command, output: output.trimEnd() }
    })

// Machines without curl run all but its commands.
const isCurlThere = spawnSync('curl', ['--version']).status === 0

const pages = [
  { page: 'docs/writing-a-provider.md', least: 6 },
  { page: 'docs/grants.md', least: 6 },
  { page: 'docs/get-started-server.md', least: 5 },
  { page: 'docs/get-started-browser.md', least: 2 },
]

describe.each(pages)('the programs of $page', ({ page, least }) => {
  it('are all run, or imported by one that is', () => {
    const programs = programsOf(page)
    const used = [...commandsOf(page).map(({ command }) => command), ...programs.map(({ code }) => code)].join('\n')
    expect(programs.length).toBeGreaterThanOrEqual(least)
    expect(programs.filter(({ name }) => name === undefined || !used.includes(name))).toEqual([])
  })

  it('print what the page says', async () => {
    const shell = startShell(await findFreePort())
    for (const { name, code } of programsOf(page)) shell.write(name as string, code)
    const printed: { command: string; output: string }[] = []
    const commands = commandsOf(page).filter(({ command }) => isCurlThere || !command.startsWith('curl'))
    for (const { command } of commands) printed.push({ command, output: await shell.run(command) })
    expect(printed).toEqual(commands)
  })
})

// What the last column of a table holds, and the profile that it is a part of.
const partsOf: Readonly<Record<string, (code: string) => string>> = {
  'It wants to be asked like this': (code) => `{ tokenRequest: { ${code} } }`,
  'It says no like this': (code) => (code.includes('error: ') ? `{ tokenResponse: { error: [${code}] } }` : `{ isRejection: ${code} }`),
  'The token travels like this': (code) => `{ authorization: ${code}, tokenResponse: { extra: ['csrf'] } }`,
  'The reply looks like this': (code) => `{ tokenResponse: { ${code} }, apiOrigins: ['https://*.example.com'] }`,
  'It is renewed like this': (code) => `{ renewal: ${code} }`,
  'Log-out': (code) => `{ revocation: ${code} }`,
}

it.each(Object.entries(partsOf))('what to write in «%s» is accepted', (heading, asProfile) => {
  const [text = ''] = (read('docs/writing-a-provider.md').split(`\n## ${heading}\n`)[1] ?? '').split(/^#/m)
  const cells = [...text.matchAll(/^\| .* \| (.*) \|$/gm)].map((match) => match[1] ?? '')
  const written = cells.flatMap((cell) => cell.match(/(?<=`)(\{ |\w+: )[^`]*(?=`)/g)?.[0] ?? [])
  expect(written.length).toBeGreaterThan(4)
  for (const code of written) {
    const part = runInNewContext(`(${asProfile(code.replace(/'(https:\/\/)?…/g, "'https://api.example.com"))})`)
    const profile = { name: 'api', apiUrl: 'https://api.example.com', tokenUrl: 'https://api.example.com/token', ...structuredClone(part) }
    expect(() => defineProvider(profile), code).not.toThrow()
  }
})

/** A folder in which the package is installed. The pages' port 4010 becomes a free one there. */
function startShell(port: number) {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwell-docs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/tokenwell'), 'junction')
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  return {
    write: (name: string, code: string) => writeFileSync(join(folder, name), code.replaceAll('4010', String(port))),
    /** What a command prints, to its end; of one in the background, up to its first line. */
    async run(command: string): Promise<string> {
      const isInBackground = command.endsWith(' &')
      const line = command.replaceAll('4010', String(port)).replace(/ &$/, '')
      // `exec`: what is ended is the command itself.
      const child = spawn('sh', ['-c', isInBackground ? `exec ${line}` : line], { cwd: folder, env: { ...process.env, PATH } })
      onTestFinished(() => void child.kill('SIGKILL'))
      let output = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
      await (isInBackground ? once(child.stdout, 'data') : once(child, 'close'))
      return output.replaceAll(String(port), '4010').trimEnd()
    },
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
