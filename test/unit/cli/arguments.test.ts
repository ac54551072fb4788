import { describe, expect, it } from 'vitest'
import { createCommandUser } from '../../support/cli.ts'

const profiles = { cameras: { preset: 'cam2', options: { clientId: 'app', clientSecret: 'env:SECRET' } } }
const verbs = ['token', 'fetch', 'login', 'logout', 'status', 'explain', 'try']

async function run(...argv: string[]) {
  const user = createCommandUser()
  user.write(profiles)
  return user.run(argv)
}

describe('a command line that is wrong → exit status 2, and one line that says what was probably meant', () => {
  it.each([
    [['tokn', 'cameras'], 'This verb is unknown: did you mean token?'],
    [['x'], `This verb is unknown; there are ${verbs.join(', ')}`],
    [['token'], 'The name of a profile is missing.'],
    [['fetch', 'cameras'], 'URL is missing.'],
    [['token', 'cameras', 'shows'], 'There is one argument too many: this takes PROFILE.'],
    [['fetch', 'cameras', '/a', '/b'], 'There is one argument too many: this takes PROFILE and URL.'],
    [['token', 'cameras', '--heder'], '--heder is unknown: did you mean --header?'],
    [['token', 'cameras', '--json=x'], '--json takes no value'],
    [['token', 'cameras', '--min-ttl'], '--min-ttl needs a value: --min-ttl=TIME'],
    [['token', 'cameras', '--min-ttl', 'soon'], '--min-ttl must be a time such as 60s, 10m or 1h'],
    [['token', 'cameras', '--json', '--header'], '--header goes without --json'],
    [['fetch', 'cameras', '/a', '-d', '1', '--json', '2'], '--data goes without --json'],
    [['fetch', 'cameras', '/a', '-H', 'hunter2'], "--header must be a name and a value: 'Accept: text/csv'"],
    [['fetch', 'cameras', '/a', '-H', 'x: hunter2\nx'], "--header must be a name and a value: 'Accept: text/csv'"],
    [['fetch', 'cameras', '//evil.example/x'], 'URL must begin with https://, or be a path of the API'],
    [['fetch', 'cameras', 'https://'], 'URL must begin with https://, or be a path of the API'],
    [['fetch', 'cameras', '/a', '-X', 'A B'], '--method must be one that can be sent, such as PUT'],
    [['fetch', 'cameras', '/a', '-X', 'trace'], '--method must be one that can be sent, such as PUT'],
    [['fetch', 'cameras', '/a', '-X', 'get', '-d', '1'], 'get goes without data'],
    [['fetch', 'cameras', '/a', '-d', '@/nope'], '/nope cannot be read (ENOENT).'],
  ])('%j', async (argv, message) => {
    const { status, stdout, stderr } = await run(...argv)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`tokenwell: ${message}`)
    expect(stderr.split('\n')).toHaveLength(2)
    expect(stderr).not.toContain('hunter2')
  })

  it('a value of an unknown option, which may be a secret, is not repeated', async () => {
    const { stderr } = await run('token', 'cameras', '--client-secret=hunter2')
    expect(stderr).toBe('tokenwell: --client-secret is unknown; there are --header, --json, --min-ttl, --config, --help\n')
  })
})

describe('help', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('%j → all seven verbs on standard output, exit status 0', async (argv) => {
    const { status, stdout, stderr } = await run(...argv)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.match(/^ {2}(\w+)$/gm)?.map((name) => name.trim())).toEqual(verbs)
  })

  it.each(verbs)('%s --help → what it does, its options, and an example; no profile is needed', async (verb) => {
    for (const argv of [
      [verb, '--help'],
      [verb, 'cameras', '-h'],
    ]) {
      const { status, stdout, stderr } = await run(...argv)
      expect([status, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(new RegExp(`^Usage: tokenwell ${verb} \\[?PROFILE`))
      expect(stdout).toMatch(new RegExp(`\nExample:\n  tokenwell ${verb} \\w+.*\n`))
      expect(stdout).toMatch(/^ {2}-h, --help$/m)
    }
  })

  it.each(verbs)('%s --help at a terminal of 40 columns → no line is longer, but for what cannot be broken', async (verb) => {
    const user = createCommandUser()
    const { stdout } = await user.run([verb, '--help'], { columns: 40 })
    const [text = ''] = stdout.split('\nExample:')
    const long = text.split('\n').filter((line) => line.length > 40)
    expect(long.filter((line) => line.trim().includes(' '))).toEqual([])
  })

  it('--version → that of the package', async () => {
    const { stdout } = await run('--version')
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
