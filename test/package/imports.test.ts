import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { describe, expect, inject, it } from 'vitest'

const consumer = inject('consumer')

/** The names that users import: adding one is a decision, losing one breaks them. */
const names = {
  tokenwell: [
    'TokenManager',
    ...['clientCredentials', 'password', 'deviceCredentials', 'refreshToken', 'authorizationCode', 'customGrant'],
    ...['cam2', 'camdram', 'dive', 'musement', 'oauth2', 'defineProvider'],
    ...['TokenwellError', 'TokenEndpointError', 'InvalidTokenResponseError', 'TokenNetworkError', 'SignInRequiredError'],
    ...['SignInFailedError', 'OriginNotAllowedError', 'TokenStoreError', 'ConfigurationError', 'isTokenwellError'],
    ...['memoryStore', 'webStorageStore', 'indexedDbStore', 'encryptedStore', 'loadStoreKey'],
  ],
  'tokenwell/ky': ['createClient'],
  'tokenwell/node': ['fileStore', 'toNodeListener'],
  'tokenwell/sign-in': ['completeSignIn', 'createAuthorizationUrl'],
  'tokenwell/proxy': ['createProxyFetch', 'createTokenProxy'],
  'tokenwell/testing': ['createEmulation', 'createFakeClock', 'createScriptedTokenServer', 'tokenStoreContract'],
  'tokenwell/emulator': ['startEmulator'],
}

describe('the installed package, on Node', () => {
  it.each(Object.entries(names))('%s exports its public names and nothing else', async (subpath, expected) => {
    expect(await namesOf(subpath)).toEqual(expected.toSorted())
  })

  it('loads in silence', async () => {
    const { stderr } = await run(`await import('tokenwell'); await import('tokenwell/testing')`)
    expect(stderr).toBe('')
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

async function namesOf(subpath: string): Promise<string[]> {
  const { stdout } = await run(`console.log(JSON.stringify(Object.keys(await import('${subpath}'))))`)
  return JSON.parse(stdout).toSorted()
}

function run(script: string) {
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd: consumer })
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
