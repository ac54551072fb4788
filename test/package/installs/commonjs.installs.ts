import { describe, expect, it } from 'vitest'
import { install, type Project } from './project.ts'

const useTokens = `
  const { oauth2, TokenManager } = require('tokenwell')
  async function getToken() {
    const urls = { tokenUrl: 'https://auth.example.com/token', apiUrl: 'https://api.example.com' }
    const fetch = async () => Response.json({ access_token: 'token-1', expires_in: 60 })
    return (await new TokenManager({ ...oauth2({ ...urls, clientId: 'id', clientSecret: 'secret' }), fetch }).getToken()).accessToken
  }
`
const useTestKit = `const { createEmulation, createFakeClock } = require('tokenwell/testing')`
const asModule = (text: string) => text.replace(/const (\{.*\}) = require\((.*)\)/g, 'import $1 from $2')
const test = `
  test('a token', async () => expect(await getToken()).toBe('token-1'))
`
const testWithKit = `${test}
  test('a clock', () => expect(createFakeClock(5).now()).toBe(5))
  test('handlers', () => expect(createEmulation().handlers.length).toBeGreaterThan(10))
`

it('require() in a CommonJS program → loads it, in silence', async () => {
  const project = await install([], { manifest: { type: 'commonjs' } })
  project.write('main.js', `${useTokens} ${useTestKit}\n getToken().then((token) => console.log(token, createFakeClock(5).now()))`)
  expect(await project.run('node', 'main.js')).toBe('token-1 5\n')
})

describe('Jest 30', () => {
  it('with --experimental-vm-modules → tests may be CommonJS (Node.js 24.9 on), or ESM', async () => {
    const project = await install(['jest@30', 'msw@3'], { manifest: { type: 'commonjs' } })
    project.write('common.test.js', `${useTestKit}\n${useTokens}\n${testWithKit}`)
    project.write('module.test.mjs', `${asModule(useTestKit)}\n${asModule(useTokens)}\n${testWithKit}`)
    project.write('jest.config.js', `module.exports = { testMatch: ['**/*.test.{js,mjs}'] }`)
    expect(await jest(project, '--experimental-vm-modules')).toContain('6 passed')
  })

  it('without that, where Babel compiles what is ESM → CommonJS tests may require it', async () => {
    const project = await install(['jest@30', 'babel-jest@30', '@babel/preset-env@7'], { manifest: { type: 'commonjs' } })
    project.write('babel.config.js', `module.exports = { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] }`)
    project.write(
      'jest.config.js',
      `module.exports = { transformIgnorePatterns: ['node_modules/(?!(tokenwell|ky|p-retry|is-network-error|jwt-decode)/)'] }`,
    )
    project.write('common.test.js', `${useTokens}\n${test}`)
    expect(await jest(project)).toContain('1 passed')
  })
})

function jest(project: Project, ...flags: string[]): Promise<string> {
  return project.run('sh', '-c', `node ${flags.join(' ')} node_modules/jest/bin/jest.js --no-cache 2>&1`)
}

it.each(['typescript@5.8', 'typescript@6'])(
  'a CommonJS program in TypeScript, module nodenext (%s) → compiles and runs',
  async (typescript) => {
    const project = await install([typescript, '@types/node@22'], { manifest: { type: 'commonjs' } })
    project.write('main.ts', `import { TokenManager } from 'tokenwell'\nconsole.log(typeof TokenManager)`)
    await project.run('npx', 'tsc', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node', 'main.ts')
    expect(await project.run('node', 'main.js')).toBe('function\n')
  },
)
