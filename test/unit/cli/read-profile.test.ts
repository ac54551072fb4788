import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createCommandUser } from '../../support/cli.ts'
import { startServer } from '../../support/loopback-server.ts'

const secret = 'hunter2-in-clear'
const provider = {
  name: 'lab',
  apiUrl: 'https://lab.example.com/api',
  tokenUrl: 'https://lab.example.com/login',
  tokenRequest: { body: { user: '{username}', password: '{password}' } },
}
const grant = { type: 'password', username: 'viewer', password: 'env:LAB_PASSWORD' }
const oauth2 = { preset: 'oauth2', options: { tokenUrl: 'https://a.example/token', apiUrl: 'https://a.example', clientId: 'app' } }

async function explain(profile: object, env = {}) {
  const user = createCommandUser()
  user.write({ one: profile })
  const { status, stdout, stderr } = await user.run(['explain', 'one'], { env })
  // The line and the field alone.
  return { status, stdout, message: stderr.replace(`tokenwell: ${user.profiles}:`, '').trim() }
}

describe('a profile that is right', () => {
  it.each<[string, object, string]>([
    ['a preset', { preset: 'cam2', options: { clientId: 'app', clientSecret: 'env:A' } }, 'client_credentials'],
    ['a preset with a grant', { ...oauth2, grant }, 'password'],
    ['a preset of its own credentials', { preset: 'dive', options: { clientKey: 'command:echo x', deviceId: '1' } }, 'device_credentials'],
    ['a customer', { preset: 'musement', options: { clientId: 'a', clientSecret: 'env:A', username: 'u', password: 'env:B' } }, 'password'],
    [
      'a sign-in',
      { preset: 'camdram', options: { clientId: 'a', clientSecret: 'env:A' }, grant: { type: 'authorizationCode' } },
      'authorization_code',
    ],
    ['a whole provider', { provider, grant }, 'password'],
    [
      'a provider that says where tokens stand',
      {
        provider: {
          ...provider,
          headers: { 'X-Compass': 'n', Accept: 'x' },
          authorization: { header: 'X-Auth-Token' },
          tokenRequest: { body: { user: '{username}', pass: '{password}', response_type: 'token' } },
          tokenResponse: { accessToken: 'session.token', refreshToken: 'session.refresh' },
        },
        grant,
      },
      'password',
    ],
    ['a refresh token', { ...oauth2, subject: 'me', grant: { type: 'refreshToken', refreshToken: 'env:R' } }, 'refresh_token'],
    [
      'a signed assertion',
      { ...oauth2, grant: { type: 'jwtBearer', issuer: 'me', key: 'file:key.pem' } },
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ],
    [
      'an exchange',
      { ...oauth2, subject: 'me', grant: { type: 'tokenExchange', subjectToken: 'env:T', subjectTokenType: 'access_token' } },
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ],
    [
      'an extension',
      { ...oauth2, subject: 'me', grant: { type: 'customGrant', grantType: 'urn:x', parameters: { assertion: 'env:A' } } },
      'urn:x',
    ],
  ])('%s', async (_, profile, grantType) => {
    // A grant that only a secret tells from others needs that secret for the store's key.
    const { status, stdout, message } = await explain(profile)
    expect([status, message]).toEqual([0, ''])
    expect(stdout).toContain(`grant: ${grantType}\n`)
  })

  it('a client id by reference → is fetched', async () => {
    const profile = { preset: 'cam2', options: { clientId: 'env:ID', clientSecret: 'env:A' } }
    expect((await explain(profile, { ID: 'app' })).status).toBe(0)
    expect((await explain(profile)).message).toBe('6: profiles.one.options.clientId names the environment variable ID, which is not set')
  })
})

describe('a profile that is wrong → exit status 2, its line, its field and what to do', () => {
  const options = { clientId: 'app', clientSecret: 'env:A' }
  it.each<[string, object, string]>([
    ['a typo', { prest: 'cam2' }, '4: profiles.one.prest is unknown: did you mean preset?'],
    ['an unknown preset', { preset: 'cam3' }, '4: profiles.one.preset is unknown: did you mean cam2?'],
    ['neither preset nor provider', {}, '3: profiles.one.preset is missing: one of cam2, camdram, dive, musement, oauth2, or a provider'],
    ['both', { preset: 'cam2', provider, grant }, '5: profiles.one.provider goes without preset'],
    ['options of a provider', { provider, options, grant }, '15: profiles.one.options goes with a preset only'],
    ['a provider without a grant', { provider }, '3: profiles.one has no grant'],
    [
      'a typo in options',
      { preset: 'cam2', options: { ...options, clientSecrett: 'x' } },
      '8: profiles.one.options.clientSecrett is unknown: did you mean clientSecret?',
    ],
    ['an option that is missing', { preset: 'cam2', options: { clientSecret: 'env:A' } }, '5: profiles.one.options.clientId is missing'],
    ['a grant in options', { preset: 'cam2', options: { ...options, grant } }, '8: profiles.one.options.grant stands beside options'],
    [
      'a typo in a provider',
      { provider: { ...provider, tokenRequest: { bodi: {} } }, grant },
      '9: profiles.one.provider.tokenRequest.bodi is unknown: did you mean body?',
    ],
    [
      'an unknown type of grant',
      { provider, grant: { ...grant, type: 'pasword' } },
      '16: profiles.one.grant.type is unknown: did you mean password?',
    ],
    [
      'the wire’s name of a grant',
      { provider, grant: { ...grant, type: 'client_credentials' } },
      '16: profiles.one.grant.type is unknown: did you mean clientCredentials?',
    ],
    ['a typo in a grant', { provider, grant: { ...grant, user: 'x' } }, '19: profiles.one.grant.user is unknown: did you mean username?'],
    [
      'a code',
      { ...oauth2, grant: { type: 'authorizationCode', code: 'env:X' } },
      '12: profiles.one.grant.code comes of the sign-in: tokenwell login',
    ],
    [
      'a function',
      { ...oauth2, grant: { type: 'customGrant', grantType: 'x', exchange: 'x' } },
      '13: profiles.one.grant.exchange takes a function, which no file can hold',
    ],
    [
      'plain HTTP',
      { ...oauth2, options: { ...oauth2.options, tokenUrl: 'http://a.example/token' } },
      '6: profiles.one.options.tokenUrl must begin with https://',
    ],
    ['a wrong origin', { ...oauth2, origins: ['a.example'] }, '11: profiles.one.origins[0] must be an absolute URL'],
    ['a typo in signIn', { ...oauth2, signIn: { scopes: 'x' } }, '11: profiles.one.signIn.scopes is unknown: did you mean scope?'],
    ['text for true', { ...oauth2, allowInsecureRequests: 'false' }, '10: profiles.one.allowInsecureRequests must be true or false'],
    ['a profile that is no object', [] as object, '3: profiles.one must be an object'],
  ])('%s', async (_, profile, message) => {
    const { status, stdout, message: said } = await explain(profile)
    expect([status, stdout]).toEqual([2, ''])
    expect(said).toContain(message)
  })
})

describe('a profile of which nothing but a secret tells whose token it is', () => {
  const keyed = { ...provider, tokenRequest: { body: { key: '{client_secret}' } } }
  it.each<[string, object]>([
    ['a refresh token', { ...oauth2, grant: { type: 'refreshToken', refreshToken: 'env:WHO' } }],
    ['an exchanged token', { ...oauth2, grant: { type: 'tokenExchange', subjectToken: 'env:WHO', subjectTokenType: 'access_token' } }],
    [
      'an actor token',
      {
        ...oauth2,
        grant: {
          type: 'tokenExchange',
          subjectToken: 'file:one',
          subjectTokenType: 'jwt',
          actorToken: 'env:WHO',
          actorTokenType: 'jwt',
        },
      },
    ],
    ['a parameter', { ...oauth2, grant: { type: 'customGrant', grantType: 'urn:x', parameters: { api_key: 'env:WHO' } } }],
    ['a password without a username', { ...oauth2, grant: { type: 'password', password: 'env:WHO' } }],
    ['a client secret without an id', { provider: keyed, grant: { type: 'clientCredentials', clientSecret: 'env:WHO' } }],
  ])('%s → no token under the name of the profile: its line, and what to write', async (_, profile) => {
    const { status, message } = await explain(profile, { WHO: 'alice' })
    expect(status).toBe(2)
    expect(message).toMatch(/^3: profiles\.one\.subject is missing: whose token is this\?/)
    expect(message).not.toContain('alice')
    expect((await explain({ ...profile, subject: 'alice' }, { WHO: 'alice' })).status).toBe(0)
  })

  it('a subject by reference → each user gets a token of their own', async () => {
    const asked: string[] = []
    const server = await startServer(({ body }) => {
      const token = new URLSearchParams(body.toString()).get('subject_token') ?? ''
      asked.push(token)
      return { json: { access_token: `access-of-${token}`, expires_in: 3600 } }
    })
    const user = createCommandUser()
    const options = { tokenUrl: `${server.origin}/token`, apiUrl: server.origin, clientId: 'app' }
    const grant = { type: 'tokenExchange', subjectToken: 'env:TOKEN', subjectTokenType: 'access_token' }
    user.write({ ex: { preset: 'oauth2', options, grant, subject: 'env:WHO' } })
    const tokenOf = async (WHO: string) => (await user.run(['token', 'ex'], { env: { WHO, TOKEN: `token-${WHO}` } })).stdout
    expect([await tokenOf('alice'), await tokenOf('bob'), await tokenOf('alice')]).toEqual([
      'access-of-token-alice\n',
      'access-of-token-bob\n',
      'access-of-token-alice\n',
    ])
    expect(asked).toEqual(['token-alice', 'token-bob'])
    const { status, stderr } = await user.run(['token', 'ex'], { env: { TOKEN: 'x' } })
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('profiles.ex.subject names the environment variable WHO, which is not set'),
    ])
  })
})

describe('a secret in clear → refused, and not repeated', () => {
  it.each<[string, object]>([
    ['clientSecret', { preset: 'cam2', options: { clientId: 'a', clientSecret: secret } }],
    ['clientKey', { preset: 'dive', options: { clientKey: secret, deviceId: '1' } }],
    ['passwordMd5', { preset: 'dive', options: { clientKey: 'env:A', username: 'u', passwordMd5: secret } }],
    ['password', { provider, grant: { ...grant, password: secret } }],
    ['refreshToken', { ...oauth2, grant: { type: 'refreshToken', refreshToken: secret } }],
    ['key', { ...oauth2, grant: { type: 'jwtBearer', issuer: 'me', key: secret } }],
    ['subjectToken', { ...oauth2, grant: { type: 'tokenExchange', subjectToken: secret, subjectTokenType: 'jwt' } }],
    ['actorToken', { ...oauth2, grant: { type: 'tokenExchange', subjectToken: 'env:A', subjectTokenType: 'jwt', actorToken: secret } }],
    ['assertion', { ...oauth2, grant: { type: 'customGrant', grantType: 'x', parameters: { assertion: secret } } }],
    ['X-Api-Key', { provider: { ...provider, headers: { 'X-Api-Key': secret } }, grant }],
    ['password', { provider: { ...provider, tokenRequest: { body: { user: 'x', password: secret } } }, grant }],
    ['client_secret', { ...oauth2, options: { ...oauth2.options, parameters: { client_secret: secret } } }],
    ['X-Auth-Token', { provider: { ...provider, headers: { 'X-Auth-Token': secret } }, grant }],
    ['Cookie', { provider: { ...provider, headers: { Cookie: `sid=${secret}` } }, grant }],
    ...['pass', 'pwd', 'token', 'userPassword', 'access_token', 'apikey'].map((field): [string, object] => [
      field,
      { provider: { ...provider, tokenRequest: { body: { user: 'x', [field]: secret } } }, grant },
    ]),
    ['client_secret', { ...oauth2, signIn: { parameters: { client_secret: secret } } }],
  ])('%s', async (field, profile) => {
    const { status, message } = await explain(profile)
    expect(status).toBe(2)
    expect(message).toMatch(
      new RegExp(`^\\d+: profiles\\.one\\.[\\w.]+\\.${field} (must say where the secret is|looks like a secret in clear)`),
    )
    expect(message).not.toContain(secret)
  })

  it('every field that the schema calls a secret is one of them', () => {
    const schema = readFileSync(new URL('../../../schema/profiles.json', import.meta.url), 'utf8')
    const names = [...schema.matchAll(/"(\w+)": \{\s*(?:"description": "(?:[^"\\]|\\.)*",\s*)?"\$ref": "#\/\$defs\/secret"/g)].map(
      ([, name]) => name,
    )
    const known = ['clientKey', 'clientSecret', 'password', 'passwordMd5', 'refreshToken', 'key', 'subjectToken', 'actorToken']
    expect([...new Set(names)].toSorted()).toEqual(['additionalProperties', ...known].toSorted())
  })
})
