import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import { credentials } from '../servers/token-server.ts'
import type { SubjectName } from '../subject.ts'

/** What the programs import; `undefined` where a subject needs nothing. */
export const packageNames: Readonly<Partial<Record<SubjectName, string>>> = {
  tokenwell: 'tokenwell',
  against: 'tokenwell',
  badgateway: '@badgateway/oauth2-client',
  oauth4webapi: 'oauth4webapi',
  'google-auth-library': 'google-auth-library',
  ky: 'ky',
}

type BundleOptions = Pick<BuildOptions, 'alias' | 'banner' | 'define' | 'external' | 'minify' | 'platform'>

/** Where a program goes: the texts that are filled in for its four constants. */
const constantsFor = (origin: string) => ({
  TOKEN_URL: JSON.stringify(`${origin}/oauth/token`),
  API_URL: JSON.stringify(`${origin}/v1/cameras`),
  CLIENT_ID: JSON.stringify(credentials.clientId),
  CLIENT_SECRET: JSON.stringify(credentials.clientSecret),
})

/** A subject's program of `programs/` as one ES module, for a server at this origin. */
export async function bundleProgram(name: SubjectName, origin: string, options: BundleOptions): Promise<Uint8Array> {
  // Both builds of tokenwell have the same program.
  const file = name === 'against' ? 'tokenwell' : name
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../programs/${file}.ts`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    // The root's configuration maps `tokenwell` to the sources.
    tsconfigRaw: {},
    ...options,
    define: { ...constantsFor(origin), ...options.define },
  })
  return (outputFiles[0] as { contents: Uint8Array }).contents
}
