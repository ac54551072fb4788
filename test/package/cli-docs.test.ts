import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { expect, inject, it, onTestFinished } from 'vitest'
import { startEmulator } from '../../src/testing/emulation/start-emulator.ts'
import { createCamdramVisitor } from '../support/camdram-visitor.ts'
import { childEnvironment } from '../support/child-environment.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/cli.md'), 'utf8')
const [profiles = ''] = /(?<=^```json\n).*?(?=^```$)/ms.exec(page) ?? []
const commands = [...page.matchAll(/^```console\n(.*?)^```$/gms)]
  .flatMap(([, text = '']) => text.split(/^\$ /m).slice(1))
  .map((text) => {
    const at = text.indexOf('\n')
    return { command: text.slice(0, at), output: text.slice(at + 1).trimEnd() }
  })

// What is another one each time.
const withoutTimes = (text: string): string => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')

/** Where the page has an ellipsis, anything may stand, up to the end of the line. */
function expectOutput({ command, output }: { command: string; output: string }, printed: string): void {
  const pattern = withoutTimes(output)
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\n]*')
  expect(withoutTimes(printed).trimEnd(), command).toMatch(new RegExp(`^${pattern}$`))
}

it.skipIf(spawnSync('curl', ['--version']).status !== 0)(
  'docs/cli.md shows what the commands print',
  async () => {
    const emulator = await startEmulator({ flavour: 'real' })
    onTestFinished(() => emulator.close())
    const { port } = new URL(emulator.url)
    const { cam2, camdramWebsite } = emulator.credentials
    for (const said of [`=${cam2.clientSecret}\``, `\`${camdramWebsite.clientSecret}\``, camdramWebsite.redirectUri])
      expect(page).toContain(said)
    const redirect = 'http://127.0.0.1:0/callback'
    const real = (text: string) => text.replaceAll('4010', port).replace('http://127.0.0.1:4000/callback', redirect)
    const shell = startShell(emulator.credentials.cam2.clientSecret)
    shell.write('.config/tokenwell/profiles.json', real(profiles))
    shell.write('.config/tokenwell/camdram-secret', `${emulator.credentials.camdramWebsite.clientSecret}\n`)
    shell.write(
      'typo.json',
      withCameras(profiles, (text) => text.replace('clientSecret', 'clientSecrett').replace('"preset"', '\n"preset"')),
    )
    shell.write(
      'clear.json',
      withCameras(profiles, (text) => text.replace('env:CAM2_CLIENT_SECRET', 'hunter2')),
    )

    expect(commands.length).toBeGreaterThan(12)
    for (const { command, output } of commands) {
      const printed = await shell.run(real(command), async (address) => {
        emulator.credentials.camdramWebsite.redirectUri = address.searchParams.get('redirect_uri') ?? ''
        await fetch(await createCamdramVisitor().answer(address))
      })
      expectOutput({ command, output }, printed.replaceAll(port, '4010'))
    }
  },
  120_000,
)

it('every verb and every option stands on the page', async () => {
  const shell = startShell('')
  const help = await shell.run('tokenwell --help')
  const verbs = [...help.matchAll(/^ {2}(\w+)$/gm)].map(([, name = '']) => name)
  expect(verbs).toHaveLength(7)
  for (const verb of verbs) {
    const [, section = ''] = page.split(`\n## \`${verb}\`\n`)
    const [text = ''] = section.split('\n## ')
    const options = [...(await shell.run(`tokenwell ${verb} --help`)).matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name = '']) => name)
    const own = options.filter((name) => !['--config', '--help'].includes(name))
    expect(
      own.filter((name) => !text.includes(name)),
      verb,
    ).toEqual([])
  }
}, 60_000)

/** The first profile alone, each field of it in a line of its own. */
function withCameras(text: string, change: (text: string) => string): string {
  const { cameras } = JSON.parse(text).profiles
  const { preset, options } = cameras
  const lines = Object.entries(options)
    .slice(1)
    .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
  return change(`{ "profiles": { "cameras": {\n  "preset": "${preset}",\n  "options": {\n${lines.join(',\n')}\n  }\n} } }\n`)
}

/** A home in which the command is installed. */
function startShell(secret: string) {
  const home = mkdtempSync(join(tmpdir(), 'tokenwell-cli-docs-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  mkdirSync(join(home, 'bin'))
  symlinkSync(join(inject('consumer'), 'node_modules/tokenwell/dist/cli.js'), join(home, 'bin/tokenwell'))
  const PATH = [join(home, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter)
  const env = childEnvironment({ HOME: home, PATH, CAM2_CLIENT_SECRET: secret })
  return {
    write(name: string, text: string) {
      mkdirSync(dirname(join(home, name)), { recursive: true })
      writeFileSync(join(home, name), text)
    },
    /** What a command prints, standard error first. `visit` gets the address that it prints for a browser. */
    async run(command: string, visit?: (address: URL) => Promise<void>): Promise<string> {
      const child = spawn('sh', ['-c', command], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] })
      onTestFinished(() => void child.kill('SIGKILL'))
      const output = { stdout: '', stderr: '' }
      let visited: Promise<void> | undefined
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].setEncoding('utf8').on('data', (chunk: string) => {
          output[name] += chunk
          const address = /^ {2}(http\S+)$/m.exec(output.stderr)?.[1]
          if (visit && address) visited ??= visit(new URL(address))
        })
      }
      await new Promise((resolve) => child.once('close', resolve))
      await visited
      return output.stderr + output.stdout
    },
  }
}
