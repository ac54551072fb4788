import { expect, it } from 'vitest'
import { install, type Project } from './project.ts'

const useTokens = `
  const { oauth2, TokenManager } = require('tokenwell')
  const { createScriptedTokenServer } = require('tokenwell/testing')
  async function getToken() {
    const server = createScriptedTokenServer()
    const preset = oauth2({ tokenUrl: server.tokenUrl, apiUrl: 'https://api.example.com', clientId: 'id', clientSecret: 'secret' })
    return (await new TokenManager({ ...preset, fetch: server.fetch }).getToken()).accessToken
  }
`
const asModule = useTokens.replace(/const (\{.*\}) = require\((.*)\)/g, 'import $1 from $2')
const test = `test('a token', async () => expect(await getToken()).toBe('token-1'))`

it('require() in a CommonJS program → loads it, in silence', async () => {
  const project = await install([], { manifest: { type: 'commonjs' } })
  project.write('main.js', `${useTokens} getToken().then(console.log)`)
  expect(await project.run('node', 'main.js')).toBe('token-1\n')
})

it('Jest with its default, CommonJS → tests can require it; with ESM → import it', async () => {
  const project = await install(['jest@30'], { manifest: { type: 'commonjs' } })
  project.write('common.test.js', `${useTokens}\n${test}`)
  expect(await jest(project, [])).toContain('1 passed')
  project.write('package.json', JSON.stringify({ type: 'module' }))
  project.write('common.test.js', `${asModule}\n${test}`)
  expect(await jest(project, ['--experimental-vm-modules'])).toContain('1 passed')
})

function jest(project: Project, flags: readonly string[]): Promise<string> {
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
