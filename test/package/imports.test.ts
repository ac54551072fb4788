import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { describe, expect, inject, it } from 'vitest'

const consumer = inject('consumer')
const bareConsumer = inject('bareConsumer')

/** The names that users import: adding one is a decision, losing one breaks them. */
const names = {
  tokenwell: [
    'TokenManager',
    ...['clientCredentials', 'password', 'deviceCredentials', 'refreshToken', 'authorizationCode', 'customGrant'],
    ...['jwtBearer', 'privateKeyJwt', 'tokenExchange'],
    ...['cam2', 'camdram', 'dive', 'musement', 'oauth2', 'discover', 'defineProvider'],
    ...['TokenwellError', 'TokenEndpointError', 'InvalidTokenResponseError', 'TokenNetworkError', 'SignInRequiredError'],
    ...['SignInFailedError', 'OriginNotAllowedError', 'TokenStoreError', 'ConfigurationError', 'isTokenwellError'],
    ...['memoryStore', 'webStorageStore', 'indexedDbStore', 'encryptedStore', 'loadStoreKey'],
  ],
  'tokenwell/ky': ['createClient'],
  'tokenwell/node': ['fileStore', 'toNodeListener'],
  'tokenwell/redis': ['redisStore'],
  'tokenwell/opentelemetry': ['instrument'],
  'tokenwell/sign-in': ['completeSignIn', 'createAuthorizationUrl', 'startDeviceSignIn'],
  'tokenwell/proxy': ['createProxyFetch', 'createTokenProxy'],
  'tokenwell/testing': ['createEmulation', 'createFakeClock', 'createScriptedTokenServer', 'recordExchange', 'tokenStoreContract'],
  'tokenwell/emulator': ['startEmulator'],
}

describe('the installed package, on Node', () => {
  it.each(Object.entries(names))('%s exports its public names and nothing else', async (subpath, expected) => {
    expect(await namesOf(subpath)).toEqual(expected.toSorted())
  })

  it('tokenwell/testing is the same for bundlers and browsers, which have no `node` among their conditions', async () => {
    const { outputFiles } = await bundle('tokenwell/testing')
    const exported = /export \{([^}]*)\}/.exec(outputFiles[0]?.text ?? '')?.[1]?.match(/\w+(?=,|\s*$)/g)
    expect(exported?.toSorted()).toEqual(names['tokenwell/testing'].toSorted())
  })

  it('loads in silence', async () => {
    const { stderr } = await run(`await import('tokenwell'); await import('tokenwell/testing')`)
    expect(stderr).toBe('')
  })
})

describe('where none of the optional packages is installed, on Node', () => {
  // All that one does is to hand on to the package that it is named after.
  const withoutPeers = Object.keys(names).filter((subpath) => subpath !== 'tokenwell/opentelemetry')
  it.each(withoutPeers)('%s loads, by import and by require', async (subpath) => {
    const script = `console.log(Object.keys(await import('${subpath}')).length, Object.keys(createRequire(import.meta.url)('${subpath}')).length)`
    const { stdout } = await run(`import { createRequire } from 'node:module'; ${script}`, bareConsumer)
    const [imported, required] = stdout.trim().split(' ')
    expect(imported).not.toBe('0')
    expect(required).toBe(imported)
  })

  it('tokenwell/opentelemetry says which package is missing', async () => {
    const { stdout } = await run(`await import('tokenwell/opentelemetry').catch((error) => console.log(error.message))`, bareConsumer)
    expect(stdout).toMatch(/@opentelemetry\/api/)
  })

  it('the emulator serves the four systems', async () => {
    const { stdout } = await run(
      `import { startEmulator } from 'tokenwell/emulator'
       import { TokenManager, cam2 } from 'tokenwell'
       const emulator = await startEmulator()
       const baseUrl = emulator.baseUrls.cam2
       const response = await new TokenManager(cam2({ ...emulator.credentials.cam2, baseUrl })).fetch(baseUrl + '/cameras.json')
       console.log(response.status, (await response.json()).length > 0)
       await emulator.close()`,
      bareConsumer,
    )
    expect(stdout).toBe('200 true\n')
  })

  it('the first program of the README prints what the README says, with nothing else installed and no account', async () => {
    const readme = readFileSync(join(bareConsumer, 'node_modules/tokenwell/README.md'), 'utf8')
    const [, program = ''] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? []
    const [, name = '', said = ''] = /^```console\n\$ node (\S+)\n(.*?)^```$/ms.exec(readme) ?? []
    writeFileSync(join(bareConsumer, name), program)
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [name], { cwd: bareConsumer, timeout: 30_000 })
    expect({ stdout, stderr }).toEqual({ stdout: said, stderr: '' })
    expect(said).not.toBe('')
  })

  it('an emulation and a scripted server work but for their handlers, which say what is missing', async () => {
    const { stdout } = await run(
      `import { createEmulation, createScriptedTokenServer } from 'tokenwell/testing'
       const server = createScriptedTokenServer()
       console.log((await server.fetch(server.tokenUrl, { method: 'POST' })).status, createEmulation().revoke())
       for (const read of [() => server.handler, () => createEmulation().handlers]) try { read() } catch (error) { console.log(error.message) }`,
      bareConsumer,
    )
    const message = 'Handlers need the package msw: npm install --save-dev msw'
    expect(stdout.trim().split('\n')).toEqual(['200 0', message, message])
  })
})

describe.each([
  { subpath: 'tokenwell', packages: ['jwt-decode', 'ky', 'p-retry'] },
  { subpath: 'tokenwell/ky', packages: ['ky'] },
  { subpath: 'tokenwell/sign-in', packages: [] },
  { subpath: 'tokenwell/proxy', packages: [] },
  { subpath: 'tokenwell/testing', packages: ['jwt-decode', 'ky', 'msw', 'p-retry'] },
])('$subpath is isomorphic', ({ subpath, packages }) => {
  it('imports no node: module, and no package but its own', async () => {
    const { metafile } = await bundle(subpath)
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path.split('/')[0]))
    expect(packages).toEqual(expect.arrayContaining(imported))
  })

  it('uses neither process nor window, nor what else only one kind of runtime has', async () => {
    const { outputFiles } = await bundle(subpath)
    const found = [...new Set(outputFiles[0]?.text.match(/forbidden_\w+/g))]
    expect(found).toEqual([])
  })
})

it('tokenwell loads at most four files of its own: Node takes a third of a millisecond and more for each', async () => {
  const { metafile } = await bundle('tokenwell')
  const loaded = Object.keys(metafile.inputs).filter((path) => path.includes('tokenwell/dist/'))
  expect(loaded.length).toBeGreaterThan(0)
  expect(loaded.length).toBeLessThanOrEqual(4)
})

async function namesOf(subpath: string): Promise<string[]> {
  const { stdout } = await run(`console.log(JSON.stringify(Object.keys(await import('${subpath}'))))`)
  return JSON.parse(stdout).toSorted()
}

function run(script: string, cwd = consumer) {
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd })
}

/** Bundles a subpath without its packages. A use of a global is found by esbuild's own scope analysis: it renames it. */
function bundle(subpath: string) {
  const globals = ['process', 'window', 'Buffer', 'require', 'global', '__dirname', 'setImmediate', 'Deno', 'Bun']
  return build({
    stdin: { contents: `export * from '${subpath}'`, resolveDir: consumer },
    absWorkingDir: consumer,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    external: ['node:*', 'ky', 'p-retry', 'jwt-decode', 'msw', 'msw/*'],
    define: Object.fromEntries(
      globals.flatMap((name) => [
        [name, `forbidden_${name}`],
        [`globalThis.${name}`, `forbidden_${name}`],
      ]),
    ),
    outdir: join(consumer, 'bundle'),
  })
}
