import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/cli/failure.ts'
import { Secrets } from '../../../src/cli/secret-reference.ts'
import { type Surroundings, Terminal } from '../../../src/cli/terminal.ts'
import { createCommandUser, createKeyboard } from '../../support/cli.ts'

const { signal } = new AbortController()
const at = (message: string) => new UsageError(`field ${message}`)

function createSecrets({ env = {}, stdin = new PassThrough() }: Partial<Surroundings> = {}) {
  const { home } = createCommandUser()
  const stderr = new PassThrough().setEncoding('utf8')
  const terminal = new Terminal({ env: { PATH: process.env['PATH'], ...env }, stdin, stdout: new PassThrough(), stderr })
  return { home, stderr, secrets: new Secrets({ terminal, signal, file: join(home, 'profiles.json') }) }
}

async function read(reference: string, surroundings: Partial<Surroundings> = {}) {
  const { secrets } = createSecrets(surroundings)
  const secret = await secrets.refer('field', reference, at)()
  return secrets.failure?.message ?? secret
}

describe('a reference → the secret, without the line break at its end', () => {
  it('env:NAME', async () => expect(await read('env:SECRET', { env: { SECRET: 'hunter2' } })).toBe('hunter2'))

  it.each(['hunter2', 'hunter2\n', 'hunter2\r\n'])('file:PATH, relative to the folder of the profiles', async (text) => {
    const { home, secrets } = createSecrets()
    mkdirSync(join(home, 'secrets'))
    writeFileSync(join(home, 'secrets', 'one'), text)
    expect(await secrets.refer('field', 'file:secrets/one', at)()).toBe('hunter2')
    expect(await secrets.refer('field', `file:${home}/secrets/one`, at)()).toBe('hunter2')
  })

  it('command:… by the shell, whose input is empty', async () => {
    expect(await read('command:cat; printf "%s" "$A" | tr a-z A-Z', { env: { A: 'hunter' } })).toBe('HUNTER')
  })

  it('- is standard input', async () => {
    const stdin = new PassThrough()
    stdin.end('hunter2\n')
    expect(await read('-', { stdin })).toBe('hunter2')
  })

  it('- at a terminal asks, and shows nothing of what is typed', async () => {
    const stdin = createKeyboard()
    const { secrets, stderr } = createSecrets({ stdin })
    const secret = secrets.refer('field', '-', at)()
    stdin.write('hunter2\n')
    expect(await secret).toBe('hunter2')
    expect(stderr.read()).toBe('field is needed. Type it and press Enter; it is not shown.\n')
  })

  it('is fetched once, however often it is needed', async () => {
    const { home, secrets } = createSecrets()
    const fetchSecret = secrets.refer('field', `command:echo x >> ${home}/count; wc -l < ${home}/count`, at)
    expect((await Promise.all([fetchSecret(), fetchSecret()])).map((text) => text.trim())).toEqual(['1', '1'])
  })
})

describe('a reference that leads nowhere → what is missing', () => {
  it.each([
    ['env:NOPE', 'field names the environment variable NOPE, which is not set'],
    ['env:EMPTY', 'field is empty: env:EMPTY holds nothing'],
    ['file:/nope/nope', 'field names the file /nope/nope, which cannot be read (ENOENT)'],
    ['command:exit 3', 'field is what a command prints, which failed (3)'],
    ['command:echo', 'field is empty: a command holds nothing'],
    ['command:yes hunter2 2> /dev/null', 'field is longer than 65536 characters'],
  ])('%s', async (reference, message) => expect(await read(reference, { env: { EMPTY: '' } })).toBe(message))

  it('gives no secret, which ends a request at once', async () => {
    const { secrets } = createSecrets()
    expect(await secrets.refer('field', 'env:NOPE', at)()).toBe('')
  })

  it('a second secret from standard input → refused at once', () => {
    const { secrets } = createSecrets()
    secrets.refer('a', '-', at)
    expect(() => secrets.refer('b', '-', at)).toThrow('field is a second secret from standard input, which holds one')
  })
})

it('what is no reference → refused, and not repeated', () => {
  const { secrets } = createSecrets()
  for (const clear of ['hunter2', 'env:', '', 'vault:hunter2', 7, null, { env: 'hunter2' }]) {
    const refer = () => secrets.refer('field', clear, at)
    expect(refer).toThrow(/^field must say where the secret is, .*: env:NAME, file:PATH, command:COMMAND or - for standard input$/)
  }
})

it('what is shown of a command is that it is one', () => {
  const { secrets } = createSecrets()
  secrets.refer('a', 'command:echo hunter2', at)
  secrets.refer('b', 'env:B', at)
  expect([...secrets.shown]).toEqual([
    ['a', 'a command'],
    ['b', 'env:B'],
  ])
})
