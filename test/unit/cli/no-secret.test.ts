import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createCommandUser } from '../../support/cli.ts'
import { type Received, startServer } from '../../support/loopback-server.ts'

const canary = {
  secret: 'canary-secret-7f3a',
  password: 'canary-password-91bc',
  token: 'canary-token-d2e4',
  refresh: 'canary-refresh-55aa',
}
const basic = Buffer.from(`app:${canary.secret}`).toString('base64')
const verbs = ['token', 'fetch', 'login', 'logout', 'status', 'explain', 'try']

/** All that a hostile or careless server knows, in all that it says. */
function echo({ headers, body }: Received) {
  const all = { error: 'invalid_grant', error_description: `${body} ${headers.authorization} ${JSON.stringify(canary)}`, trace: canary }
  return { json: all, headers: { 'x-trace': canary.token, location: `https://evil.example/?t=${canary.token}` } }
}

it.each([200, 302, 400, 401, 403, 404, 429, 500, 'cut', 'html', 'later'] as const)(
  'a server that repeats all that it knows (%s) → no verb says a secret or a token on standard error',
  async (kind) => {
    let granted = kind === 'later' ? 1 : 0
    const server = await startServer((request) => {
      if (granted-- > 0) return { json: { access_token: canary.token, refresh_token: canary.refresh, expires_in: 0.001 } }
      if (kind === 'cut') return 'cut'
      if (kind === 'html') return { headers: { 'content-type': 'text/html' }, body: `<p>${basic} ${JSON.stringify(canary)}</p>` }
      return { status: kind === 'later' ? 500 : kind, ...echo(request) }
    })
    const user = createCommandUser()
    writeFileSync(join(user.home, '.config/tokenwell/password'), canary.password)
    const { origin } = server
    const provider = { name: 'test', apiUrl: origin, tokenUrl: `${origin}/token`, revocation: { url: `${origin}/revoke` } }
    const grant = { type: 'password', clientId: 'app', clientSecret: 'env:SECRET', username: 'u', password: 'file:password' }
    user.write({ one: { provider, grant } })
    for (const verb of verbs) {
      const argv = [verb, 'one', ...(verb === 'fetch' ? [`/x?key=${canary.token}`] : [])]
      const { stderr } = await user.run(argv, { env: { SECRET: canary.secret } })
      expect(stderr, verb).not.toMatch(/canary/)
      expect(stderr, verb).not.toContain(basic)
    }
  },
  30_000,
)
