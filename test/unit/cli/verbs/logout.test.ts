import { expect, it } from 'vitest'
import { createCommandUser } from '../../../support/cli.ts'
import { startServer } from '../../../support/loopback-server.ts'

it.each([
  ['ends', { tokenResponse: {} }, { expires_in: 3600 }, 'it stays valid until it expires.'],
  ['never expires', { tokenResponse: { defaultLifetimeMs: 'never' } }, {}, 'it never expires, so end it at the server yourself.'],
])('logout of a token that %s, where the provider has no revocation → how long it stays valid', async (_, provider, reply, until) => {
  const server = await startServer(() => ({ json: { access_token: 'secret-token', ...reply } }))
  const user = createCommandUser()
  user.write({
    one: {
      provider: { name: 'test', apiUrl: server.origin, tokenUrl: `${server.origin}/token`, ...provider },
      grant: { type: 'password', username: 'viewer', password: 'env:SECRET' },
    },
  })
  const run = (...argv: string[]) => user.run(argv, { env: { SECRET: 'hunter2' } })
  expect((await run('token', 'one')).stdout).toBe('secret-token\n')
  expect(await run('logout', 'one')).toEqual({
    status: 0,
    stdout: '',
    stderr: `The token is forgotten. How it is ended at the server, this provider does not say: ${until}\n`,
  })
  expect((await run('status', 'one')).stdout).toMatch(/^one: absent/)
})
