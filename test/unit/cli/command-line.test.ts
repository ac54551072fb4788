import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { toCommandLine } from '../../../src/cli/command-line.ts'
import { createCommandUser } from '../../support/cli.ts'

describe('a command to type', () => {
  it.each<[string | undefined, NodeJS.Platform, string]>([
    [undefined, 'linux', ''],
    ['../my.json', 'linux', ' --config ../my.json'],
    ['my file.json', 'linux', " --config 'my file.json'"],
    ['~/$(id)', 'linux', " --config '~/$(id)'"],
    ["it's.json", 'linux', String.raw` --config 'it'\''s.json'`],
    ['', 'linux', " --config ''"],
    ['-x.json', 'linux', ' --config=-x.json'],
    [String.raw`C:\my file.json`, 'win32', String.raw` --config "C:\my file.json"`],
  ])('--config %j on %s → %s', (config, platform, expected) => {
    expect(toCommandLine({ verb: 'login', profile: 'shows', config }, platform)).toBe(`tokenwell login shows${expected}`)
  })

  it.runIf(process.platform !== 'win32').each(['it\'s $HOME `id` "x" \\ *.json', 'a\nb', 'ä;b|c&d'])(
    'a shell reads %j as it was given',
    (config) => {
      const { stdout } = spawnSync('sh', ['-c', toCommandLine({ verb: 'login', config }).replace('tokenwell', "printf '%s|'")])
      expect(String(stdout)).toBe(`login|--config|${config}|`)
    },
  )
})

describe('a hint that names a command → it reads the same file', () => {
  const urls = { tokenUrl: 'http://127.0.0.1:9/token', apiUrl: 'http://127.0.0.1:9' }
  const client = { clientId: 'app', clientSecret: 'env:SECRET' }
  const profiles = {
    shows: { preset: 'oauth2', options: { ...urls, ...client }, grant: { type: 'authorizationCode' } },
    jobs: { preset: 'oauth2', options: { ...urls, ...client } },
  }
  it.each([
    [['token', 'shows'], 4, 'A person has to sign in: tokenwell login shows'],
    [['login', 'jobs'], 2, 'Nobody has to sign in for this profile: its grant is client_credentials, and tokenwell token jobs'],
    [['token'], 2, 'The name of a profile is missing. tokenwell status'],
  ])('%j', async (argv, status, hint) => {
    const user = createCommandUser()
    user.write(profiles)
    expect((await user.run(argv)).stderr).toMatch(new RegExp(`^tokenwell: ${hint}( |\n)`))
    const result = await user.run([...argv, '--config', user.profiles])
    expect(result.status).toBe(status)
    expect(result.stderr).toContain(`tokenwell: ${hint} --config ${user.profiles}`)
  })
})
