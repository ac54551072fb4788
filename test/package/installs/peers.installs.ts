import { describe, expect, it } from 'vitest'
import { install } from './project.ts'

const useHandlers = `
  import { setupServer } from 'msw/node'
  import { cam2, oauth2, TokenManager } from 'tokenwell'
  import { createEmulation, createScriptedTokenServer } from 'tokenwell/testing'

  const emulation = createEmulation()
  const scripted = createScriptedTokenServer()
  const server = setupServer(...emulation.handlers, scripted.handler)
  server.listen()
  const cameras = new TokenManager(cam2(emulation.credentials.cam2))
  const { status } = await cameras.fetch(emulation.baseUrls.cam2 + '/cameras.json')
  const preset = oauth2({ tokenUrl: scripted.tokenUrl, apiUrl: 'https://api.example.com', clientId: 'id', clientSecret: 'secret' })
  console.log(status, (await new TokenManager(preset).getToken()).accessToken)
  server.close()
`

describe.each(['msw@2.0.0', 'msw@2', 'msw@3'])('beside %s', (msw) => {
  it.each(['npm', 'pnpm'])('%s installs it, and the handlers answer', async (manager) => {
    const project = await install([msw], { manager })
    project.write('main.js', useHandlers)
    expect(await project.run('node', 'main.js')).toBe('200 token-1\n')
  })
})

describe.each([
  ['redis@4', `import { createClient } from 'redis'; const client = createClient()`],
  ['redis@5', `import { createClient } from 'redis'; const client = createClient()`],
  ['redis@6', `import { createClient } from 'redis'; const client = createClient()`],
  ['ioredis@5', `import { Redis } from 'ioredis'; const client = new Redis({ lazyConnect: true })`],
  ['ioredis@6', `import { Redis } from 'ioredis'; const client = new Redis({ lazyConnect: true })`],
])('beside %s', (redis, createClient) => {
  it('npm installs it, and the store takes its client', async () => {
    const project = await install([redis])
    project.write('main.js', `${createClient}\nimport { redisStore } from 'tokenwell/redis'\nconsole.log(typeof redisStore(client).get)`)
    expect(await project.run('node', 'main.js')).toBe('function\n')
  })
})

const recordSpans = `
  import { trace } from '@opentelemetry/api'
  import { oauth2, TokenManager } from 'tokenwell'
  import { instrument } from 'tokenwell/opentelemetry'

  const names = []
  const span = { setStatus: () => span, end: () => {}, spanContext: () => ({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }) }
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: (name) => (names.push(name), span) }) })
  const preset = oauth2({ tokenUrl: 'https://auth.example.com', apiUrl: 'https://api.example.com', clientId: 'id', clientSecret: 'secret' })
  const tokens = new TokenManager({ ...preset, fetch: async () => Response.json({ access_token: 'token', token_type: 'Bearer' }) })
  instrument(tokens)
  await tokens.getToken()
  console.log(names.join())
`

describe.each(['@opentelemetry/api@1.3.0', '@opentelemetry/api@1'])('beside %s', (api) => {
  it('npm installs it, and spans are recorded', async () => {
    const project = await install([api])
    project.write('main.js', recordSpans)
    expect(await project.run('node', 'main.js')).toBe('tokenwell token request,tokenwell wait for token\n')
  })
})

it('with nothing beside it → npm and pnpm install it and its three dependencies alone', async () => {
  const project = await install([])
  const { dependencies } = JSON.parse(await project.run('npm', 'ls', '--all', '--json'))
  // Optional peers that are not there are listed without a version.
  const installed = Object.entries<{ version?: string }>(dependencies.tokenwell.dependencies).filter(([, { version }]) => version)
  expect(installed.map(([name]) => name)).toEqual(['jwt-decode', 'ky', 'p-retry'])
  const other = await install([], { manager: 'pnpm' })
  other.write('main.js', `import * as tokenwell from 'tokenwell'; console.log(typeof tokenwell.TokenManager)`)
  expect(await other.run('node', 'main.js')).toBe('function\n')
})
