import { expect, it } from 'vitest'
import { install } from './project.ts'

const anywhere = `
  import { encryptedStore, indexedDbStore, memoryStore, oauth2, type Provider, TokenManager, webStorageStore } from 'tokenwell'
  import { createClient } from 'tokenwell/ky'
  import { createTokenProxy } from 'tokenwell/proxy'
  import { redisStore } from 'tokenwell/redis'
  import { completeSignIn } from 'tokenwell/sign-in'
  declare const wanted: boolean
  const preset = oauth2({ tokenUrl: 'https://a.example', apiUrl: 'https://a.example', clientId: 'id', clientSecret: () => 'secret' })
  export const tokens = new TokenManager({ ...preset, store: wanted ? memoryStore() : undefined, subject: wanted ? 'me' : undefined })
  export const response: Promise<Response> = tokens.fetch('https://a.example')
  export const used = [createClient, createTokenProxy, redisStore, completeSignIn, webStorageStore, encryptedStore, indexedDbStore]
  export type { Provider }
`
const onNode = `
  import { startEmulator } from 'tokenwell/emulator'
  import { fileStore, toNodeListener } from 'tokenwell/node'
  export const used = [fileStore, toNodeListener, startEmulator]
`
const platforms = [
  { lib: ['es2022', 'dom'], types: [], include: ['anywhere.ts'] },
  { lib: ['es2022', 'webworker'], types: [], include: ['anywhere.ts'] },
  { lib: ['es2022'], types: ['node'], include: ['anywhere.ts', 'on-node.ts'] },
]
const resolutions = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'esnext', moduleResolution: 'bundler' },
]

it.each(['typescript@5.4', 'typescript@5.9', 'typescript@6'])(
  '%s, which checks its libraries, with the types of the DOM, of workers or of Node alone → compiles each way it resolves modules',
  async (typescript) => {
    const project = await install([typescript, '@types/node@22'])
    project.write('anywhere.ts', anywhere)
    project.write('on-node.ts', onNode)
    for (const { include, ...platform } of platforms) {
      for (const resolution of resolutions) {
        const compilerOptions = { target: 'es2022', strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true }
        project.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...compilerOptions, ...platform, ...resolution }, include }))
        expect(await project.run('npx', 'tsc'), JSON.stringify({ platform, resolution })).toBe('')
      }
    }
  },
)
