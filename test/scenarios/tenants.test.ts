import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { customGrant } from '../../src/grants/custom-grant.ts'
import { password } from '../../src/grants/password.ts'
import { TokenManager, type TokenManagerOptions } from '../../src/index.ts'
import { fileStore } from '../../src/node.ts'
import { defineProvider } from '../../src/providers/define-provider.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { TokenStore } from '../../src/token/token-store.ts'
import type { Provider } from '../../src/vocabulary/provider.ts'
import { type Received, startServer } from '../support/loopback-server.ts'

/** A login server that gives each tenant a token of its own, and an API that says whose token it was shown. */
const startTenantServer = (tenantOf: (request: Received) => string | null | undefined) =>
  startServer((request) =>
    request.target.startsWith('/token')
      ? { json: { access_token: `token-of-${tenantOf(request)}`, expires_in: 3600 } }
      : { body: request.headers.authorization?.replace('Bearer token-of-', '') ?? '' },
  )

function createFileStore(): TokenStore {
  const directory = mkdtempSync(join(tmpdir(), 'tokenwell-tenants-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return fileStore({ directory: join(directory, 'tokens') })
}

const client = { clientId: 'app', clientSecret: 's3cret' }
const inForm = (name: string) => (request: Received) => new URLSearchParams(request.body.toString()).get(name)
type Make = (profile: (fields: Partial<Provider>) => Provider, tenant: string) => Omit<TokenManagerOptions, 'store'>

const cases: [string, (request: Received) => string | null | undefined, Make][] = [
  [
    'a header of the profile',
    ({ headers }) => headers['x-tenant'] as string,
    (profile, tenant) => ({ provider: profile({ headers: { 'X-Tenant': tenant } }), grant: clientCredentials(client) }),
  ],
  [
    'an extra parameter',
    inForm('tenant'),
    (profile, tenant) => ({ provider: profile({ tokenRequest: { extraParameters: { tenant } } }), grant: clientCredentials(client) }),
  ],
  [
    'the query of the token URL',
    ({ target }) => new URL(target, 'http://x').searchParams.get('tenant'),
    (profile, tenant) => ({
      provider: profile({ tokenUrl: `${profile({}).tokenUrl}?tenant=${tenant}` }),
      grant: clientCredentials(client),
    }),
  ],
  [
    'a user name',
    inForm('username'),
    (profile, tenant) => ({ provider: profile({}), grant: password({ username: tenant, password: 'p' }) }),
  ],
  [
    'an assertion that is a string',
    inForm('assertion'),
    (profile, tenant) => ({ provider: profile({}), grant: customGrant({ grantType: 'x', parameters: { assertion: tenant }, ...client }) }),
  ],
  [
    'a function that proves the client, and the subject that it demands',
    inForm('proof'),
    (profile, tenant) => ({
      provider: profile({ tokenRequest: { clientAuthentication: () => ({ parameters: { proof: tenant } }) } }),
      grant: clientCredentials(client),
      subject: tenant,
    }),
  ],
  [
    'an assertion from a function, and the subject that it demands',
    inForm('assertion'),
    (profile, tenant) => ({
      provider: profile({}),
      grant: customGrant({ grantType: 'x', parameters: { assertion: () => tenant }, ...client }),
      subject: tenant,
    }),
  ],
]

describe.each([
  ['memory', memoryStore],
  ['files', createFileStore],
])('two tenants over one store in %s', (_, createStore) => {
  it.each(cases)('told apart by %s → each gets its own token, also from the store', async (_name, tenantOf, make) => {
    const server = await startTenantServer(tenantOf)
    const store = createStore()
    const profile = (fields: Partial<Provider>) =>
      defineProvider({ name: 'acme', apiUrl: server.origin, tokenUrl: `${server.origin}/token`, ...fields })
    const ask = async (tenant: string) => {
      const tokens = new TokenManager({ ...make(profile, tenant), store })
      const response = await tokens.fetch(`${server.origin}/whose`)
      tokens.dispose()
      return response.text()
    }
    const tenants = ['ada', 'bob', 'ada', 'bob', 'cy']
    expect(await Promise.all(tenants.map(ask))).toEqual(tenants)
    // A later process finds them.
    const asked = server.received.filter(({ target }) => target.startsWith('/token')).length
    expect(await Promise.all(tenants.map(ask))).toEqual(tenants)
    expect(server.received.filter(({ target }) => target.startsWith('/token'))).toHaveLength(asked)
    expect(asked).toBe(3)
  })
})
