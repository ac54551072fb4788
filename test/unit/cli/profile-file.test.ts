import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { exampleProfiles } from '../../../src/cli/example-profiles.ts'
import { defaultPath } from '../../../src/cli/profile-file.ts'
import { createCommandUser } from '../../support/cli.ts'

const cam2 = { preset: 'cam2', options: { clientId: 'app', clientSecret: 'env:SECRET' } }

describe('where the file is', () => {
  it.each<[string, NodeJS.ProcessEnv, NodeJS.Platform, string]>([
    ['XDG_CONFIG_HOME', { XDG_CONFIG_HOME: '/etc/me', HOME: '/home/me' }, 'linux', '/etc/me/tokenwell/profiles.json'],
    ['no XDG_CONFIG_HOME', { HOME: '/home/me' }, 'linux', '/home/me/.config/tokenwell/profiles.json'],
    [
      'a relative one, which would lead into the current folder',
      { XDG_CONFIG_HOME: '.', HOME: '/home/me' },
      'linux',
      '/home/me/.config/tokenwell/profiles.json',
    ],
    ['macOS', { HOME: '/Users/me' }, 'darwin', '/Users/me/.config/tokenwell/profiles.json'],
    ['Windows', { APPDATA: '/profiles/me', HOME: '/home/me' }, 'win32', '/profiles/me/tokenwell/profiles.json'],
  ])('%s', (_, env, platform, path) => expect(defaultPath(env, platform)).toBe(path))

  it.each(['', '.', 'me'])('a home of «%s» → a refusal that says what to do', (HOME) => {
    expect(() => defaultPath({ HOME }, 'linux')).toThrow('This user has no home directory: name the file of profiles by --config FILE')
  })

  it('a file of the current folder is not read', async () => {
    const user = createCommandUser()
    expect(await user.run(['status'])).toEqual({
      status: 2,
      stdout: '',
      stderr: `tokenwell: ${user.profiles} is not there: write your profiles into it, or name another file by --config FILE. For example (docs/cli.md has more):\n\n${exampleProfiles}\n`,
    })
  })

  it('the example that is shown → a profile that is right, in six lines', async () => {
    const user = createCommandUser()
    user.write(exampleProfiles)
    expect(exampleProfiles.split('\n')).toHaveLength(6)
    expect(await user.run(['explain', 'cameras'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('secrets: clientSecret from env:SECRET\n'),
    })
    expect((await user.run(['--help'])).stdout).toContain(exampleProfiles)
  })

  it('--config FILE → that one', async () => {
    const user = createCommandUser()
    const path = join(user.home, 'other.json')
    writeFileSync(path, JSON.stringify({ profiles: { lab: cam2 } }))
    const { status, stdout } = await user.run(['status', '--config', path])
    expect([status, stdout]).toEqual([0, 'lab: absent\n  The next call asks for one with the grant of the profile.\n'])
    const missing = await user.run(['status', '--config', `${path}x`])
    expect([missing.status, missing.stderr]).toEqual([2, `tokenwell: ${path}x cannot be read (ENOENT).\n`])
  })
})

describe('who may write the file', () => {
  it.each([0o666, 0o664, 0o620, 0o602])('others (mode %o) → refused: it names commands', async (mode) => {
    const user = createCommandUser()
    user.write({})
    chmodSync(user.profiles, mode)
    const { status, stderr } = await user.run(['status'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('can be written by other users')])
    chmodSync(user.profiles, mode & ~0o022)
    expect((await user.run(['status'])).status).toBe(0)
  })

  it.runIf(process.geteuid?.() === 0)('another user whose file it is → refused', async () => {
    const user = createCommandUser()
    user.write({})
    chownSync(user.profiles, 12_345, 12_345)
    const { status, stderr } = await user.run(['status'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('belongs to another user (12345)')])
  })

  it.runIf(process.geteuid?.() === 0)('root, where another user runs the command → read', async () => {
    const user = createCommandUser()
    user.write({})
    const ours = vi.spyOn(process as { geteuid(): number }, 'geteuid').mockReturnValue(12_345)
    onTestFinished(() => ours.mockRestore())
    expect((await user.run(['status'])).status).toBe(0)
  })

  it('a folder, and a file over 1 MiB → refused', async () => {
    const user = createCommandUser()
    user.write(' '.repeat(1_048_577))
    expect((await user.run(['status'])).stderr).toContain('is larger than 1 MiB.')
    const folder = join(user.home, 'folder')
    mkdirSync(folder)
    expect((await user.run(['status', '--config', folder])).stderr).toContain('cannot be read (EISDIR)')
  })
})

describe('what is wrong in the file → its line and its field', () => {
  it.each([
    ['no object', '[]', '1: must be an object with profiles'],
    ['no profiles', '{}', '1: profiles must be an object: the name of each profile, and what it is'],
    ['another field', '{\n "profile": {}\n}', '2: profile is unknown: did you mean profiles?'],
    ['broken JSON', '{\n "profiles": {\n  "a": {"preset" "cam2"}\n }\n}', '3: profiles.a.preset: expected :'],
    ['a name of a profile that could be a path', '{"profiles": {"../x": {}}}', '1: profiles has a name with other characters'],
  ])('%s', async (_, text, message) => {
    const user = createCommandUser()
    user.write(text)
    const { status, stdout, stderr } = await user.run(['status'])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`tokenwell: ${user.profiles}:${message}`)
    expect(stderr.split('\n')).toHaveLength(2)
  })

  it('a profile that is not there → the one that was probably meant', async () => {
    const user = createCommandUser()
    user.write({ cameras: cam2, shows: cam2 })
    expect((await user.run(['token', 'camera'])).stderr).toContain('a profile camera is unknown: did you mean cameras?')
    expect((await user.run(['token', 'x'])).stderr).toContain('a profile x is unknown; there are cameras, shows')
    user.write({})
    expect((await user.run(['token', 'x'])).stderr).toContain('a profile x is unknown; there are none')
  })

  it('a token in the place of a name → is not repeated', async () => {
    const user = createCommandUser()
    user.write({})
    for (const secret of ['eyJhbGciOiJIUzI1NiJ9', 'hunter/2']) expect((await user.run(['token', secret])).stderr).not.toContain(secret)
  })
})
