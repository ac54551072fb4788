import { describe, expect, it } from 'vitest'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { deviceCredentials } from '../../../src/grants/device-credentials.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'

const vault = async () => 'from the vault'
const exchange = () => ({ access_token: 'a' })
const app = { clientId: 'id', clientSecret: 's3cret' }
const user = { username: 'u', password: 'p4ss' }
const device = { clientKey: 'k3y', deviceId: 'd' }

it.each<[Grant, Grant]>([
  [clientCredentials(app), { grantType: 'client_credentials', ...app }],
  [clientCredentials({ ...app, clientSecret: vault }), { grantType: 'client_credentials', clientId: 'id', clientSecret: vault }],
  [clientCredentials({ ...app, scope: 'a b' }), { grantType: 'client_credentials', ...app, scope: 'a b' }],
  [clientCredentials({ ...app, scope: ['a'] }), { grantType: 'client_credentials', ...app, scope: ['a'] }],
  [password({ ...app, ...user }), { grantType: 'password', ...app, parameters: { username: 'u' }, secretParameters: { password: 'p4ss' } }],
  [
    password({ ...app, ...user, password: vault, scope: 'a' }),
    { grantType: 'password', ...app, scope: 'a', parameters: { username: 'u' }, secretParameters: { password: vault } },
  ],
  [
    deviceCredentials(device),
    { grantType: 'device_credentials', clientSecret: 'k3y', identifiedBy: 'k3y', parameters: { device_id: 'd' } },
  ],
  [
    deviceCredentials({ clientKey: vault, ...user }),
    {
      grantType: 'device_credentials',
      clientSecret: vault,
      identifiedBy: vault,
      parameters: { username: 'u' },
      secretParameters: { password: 'p4ss' },
    },
  ],
  [
    refreshToken({ ...app, refreshToken: 'r' }),
    { grantType: 'refresh_token', ...app, secretParameters: { refresh_token: 'r' }, identifiedBy: 'r' },
  ],
  [
    refreshToken({ clientId: 'id', refreshToken: vault }),
    { grantType: 'refresh_token', clientId: 'id', secretParameters: { refresh_token: vault }, identifiedBy: vault },
  ],
  [
    authorizationCode({ ...app, code: 'c', codeVerifier: 'v', redirectUri: 'https://app.example/cb' }),
    {
      grantType: 'authorization_code',
      ...app,
      oneTime: true,
      parameters: { redirect_uri: 'https://app.example/cb' },
      secretParameters: { code: 'c', code_verifier: 'v' },
    },
  ],
  [
    authorizationCode({ clientId: 'id', code: 'c' }),
    { grantType: 'authorization_code', clientId: 'id', oneTime: true, secretParameters: { code: 'c' } },
  ],
  [authorizationCode({ clientId: 'id' }), { grantType: 'authorization_code', clientId: 'id', oneTime: true }],
  [
    authorizationCode({ clientId: 'id', redirectUri: 'https://app.example/cb' }),
    { grantType: 'authorization_code', clientId: 'id', oneTime: true },
  ],
  [
    customGrant({ grantType: 'urn:x', parameters: { b: 'two', a: vault } }),
    { grantType: 'urn:x', secretParameters: { b: 'two', a: vault }, identifiedBy: '[["a"],["b","two"]]', needsSubject: true },
  ],
  [customGrant({ grantType: 'urn:x', parameters: {}, ...app }), { grantType: 'urn:x', ...app, secretParameters: {} }],
  [
    customGrant({ grantType: 'urn:x', parameters: { a: vault } }),
    { grantType: 'urn:x', secretParameters: { a: vault }, needsSubject: true },
  ],
  [customGrant({ grantType: 'own', exchange, clientId: 'id' }), { grantType: 'own', exchange, clientId: 'id', needsSubject: true }],
  [
    customGrant({ grantType: 'own', exchange, usesUp: true, parameters: { a: 'b' } }),
    { grantType: 'own', exchange, usesUp: true, secretParameters: { a: 'b' }, identifiedBy: '[["a","b"]]', needsSubject: true },
  ],
  [clientCredentials({ clientSecret: 's3cret' }), { grantType: 'client_credentials', clientSecret: 's3cret' }],
  [clientCredentials({ clientId: 'id' }), { grantType: 'client_credentials', clientId: 'id' }],
  [password(user), { grantType: 'password', parameters: { username: 'u' }, secretParameters: { password: 'p4ss' } }],
  [password({ password: 'p4ss' }), { grantType: 'password', secretParameters: { password: 'p4ss' } }],
  [password({ password: ' p4ss\n' }), { grantType: 'password', secretParameters: { password: ' p4ss\n' } }],
  [refreshToken({ refreshToken: 'r' }), { grantType: 'refresh_token', secretParameters: { refresh_token: 'r' }, identifiedBy: 'r' }],
  [authorizationCode({}), { grantType: 'authorization_code', oneTime: true }],
])('%# $0.grantType', (grant, expected) => expect(Object.fromEntries(Object.entries(grant))).toEqual(expected))

it('the order of its parameters does not tell custom grants apart, their values do', () => {
  const identityOf = (parameters: Record<string, string>) => customGrant({ grantType: 'x', parameters }).identifiedBy
  expect(identityOf({ a: '1', b: '2' })).toBe(identityOf({ b: '2', a: '1' }))
  expect(identityOf({ a: '1', b: '2' })).not.toBe(identityOf({ a: '1', b: '3' }))
})

type Make = (options: never) => Grant
const missing: [string, Make, Record<string, unknown>, string[]][] = [
  ['clientCredentials', clientCredentials, app, ['clientId', 'clientSecret']],
  ['password', password, { ...app, ...user }, ['clientId', 'clientSecret', 'password']],
  ['deviceCredentials', deviceCredentials, device, ['clientKey', 'deviceId']],
  ['deviceCredentials', deviceCredentials, { clientKey: 'k', ...user }, ['clientKey', 'username', 'password']],
  ['refreshToken', refreshToken, { clientId: 'id', refreshToken: 'r' }, ['clientId', 'refreshToken']],
  ['authorizationCode', authorizationCode, { clientId: 'id' }, ['clientId']],
  ['customGrant', customGrant, { grantType: 'x', parameters: {} }, ['grantType', 'parameters']],
]
describe('a credential that is undefined or no string is named', () => {
  const cases = missing.flatMap(([name, make, options, names]) => names.map((option) => [name, option, make, options] as const))
  it.each(cases)('%s: %s', (_, option, make, options) => {
    for (const value of [undefined, null, '', 5, true, {}.valueOf]) {
      // A function may give an id or a secret.
      if (typeof value === 'function' && !['username', 'deviceId', 'grantType', 'parameters'].includes(option)) continue
      const act = () => make({ ...options, [option]: value } as never)
      expect(act).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option }))
    }
  })
})

it.each<[string, () => Grant]>([
  ['scope', () => clientCredentials({ ...app, scope: 5 as never })],
  ['scope', () => password({ ...app, ...user, scope: [5] as never })],
  ['username', () => password({ username: '', password: 'p' })],
  ['username', () => password({ username: vault as never, password: 'p' })],
  ['password', () => password({ username: 'u' } as never)],
  ['clientSecret', () => clientCredentials({ ...app, clientSecret: 's3cret\n' })],
  ['clientSecret', () => password({ ...user, clientSecret: '\ts3cret' })],
  ['clientSecret', () => customGrant({ grantType: 'x', parameters: {}, clientSecret: ' s3cret' })],
  ['clientKey', () => deviceCredentials({ ...device, clientKey: 'k3y ' })],
  ['refreshToken', () => refreshToken({ clientId: 'id' } as never)],
  ['refreshToken', () => refreshToken({ clientId: 'id', refreshToken: undefined as never })],
  ['code', () => authorizationCode({ clientId: 'id', code: undefined as never })],
  ['clientSecret', () => refreshToken({ clientId: 'id', clientSecret: '', refreshToken: 'r' })],
  ['clientSecret', () => authorizationCode({ clientId: 'id', clientSecret: '' })],
  ['code', () => authorizationCode({ clientId: 'id', code: '' })],
  ['codeVerifier', () => authorizationCode({ clientId: 'id', codeVerifier: 'v' })],
  ['codeVerifier', () => authorizationCode({ clientId: 'id', code: 'c', codeVerifier: '' })],
  ['redirectUri', () => authorizationCode({ clientId: 'id', code: 'c', redirectUri: '' })],
  ['deviceId', () => deviceCredentials({ ...device, ...user } as never)],
  ['deviceId', () => deviceCredentials({ clientKey: 'k' } as never)],
  ['parameters.assertion', () => customGrant({ grantType: 'x', parameters: { assertion: '' } })],
  ['clientId', () => customGrant({ grantType: 'x', parameters: {}, clientId: '' })],
  ['parameters', () => customGrant({ grantType: 'x' } as never)],
  ['parameters.a', () => customGrant({ grantType: 'x', exchange, parameters: { a: 5 as never } })],
  ['exchange', () => customGrant({ grantType: 'x', exchange: 'https://auth.example' as never })],
  ['usesUp', () => customGrant({ grantType: 'x', exchange, usesUp: 'yes' as never })],
  ['usesUp', () => customGrant({ grantType: 'x', parameters: {}, usesUp: true } as never)],
  ['clientSecret', () => customGrant({ grantType: 'x', parameters: {}, clientSecret: '' })],
])('%s is wrong', (option, act) => {
  expect(act).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option }))
})

it('no message repeats what was given', () => {
  const act = () => clientCredentials({ clientId: { toString: () => 'hunter2' } as never, clientSecret: 'x' })
  expect(act).toThrowError(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }))
})

describe('every grant', () => {
  const grants: [string, Make, object][] = [
    ['clientCredentials', clientCredentials, app],
    ['password', password, { ...app, ...user }],
    ['deviceCredentials', deviceCredentials, device],
    ['refreshToken', refreshToken, { clientId: 'id', refreshToken: 'r' }],
    ['authorizationCode', authorizationCode, { clientId: 'id' }],
    ['customGrant', customGrant, { grantType: 'x', parameters: { a: 'b' } }],
    ['customGrant with an exchange', customGrant, { grantType: 'x', exchange, parameters: { a: 'b' } }],
  ]
  it.each(grants)('%s refuses an option that it does not know', (_, make, options) => {
    for (const option of ['clientSecrett', 'baseUrl', 'provider']) {
      expect(() => make({ ...options, [option]: 'x' } as never)).toThrowError(
        expect.objectContaining({ code: 'invalid_configuration', option }),
      )
    }
  })
  it.each(grants)('%s refuses what is no object of options', (_, make) => {
    for (const options of [undefined, null, 'text', [app]]) {
      expect(() => make(options as never)).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option: 'options' }))
    }
  })
  it.each(grants)('%s is a copy that nobody can change', (_, make, options) => {
    const scope = ['a']
    const takesScope = make === clientCredentials || make === password
    const grant = make({ ...options, ...(takesScope && { scope }) } as never)
    scope.push('b')
    if (takesScope) expect(grant.scope).toEqual(['a'])
    expect(Object.isFrozen(grant)).toBe(true)
    expect(Object.isFrozen(grant.secretParameters ?? Object.freeze({}))).toBe(true)
  })
  it.each(grants)('%s takes nothing from Object.prototype', (_, make, options) => {
    const before = JSON.stringify(make(options as never))
    const evil = { clientId: 'evil', clientSecret: 'evil', scope: 'evil', deviceId: 'evil', username: 'evil', redirectUri: 'evil' }
    Object.assign(Object.prototype, evil)
    try {
      expect(JSON.stringify(make(options as never))).toBe(before)
    } finally {
      for (const name of Object.keys(evil)) Reflect.deleteProperty(Object.prototype, name)
    }
  })
  it('the nearest name is part of the message', () => {
    expect(() => clientCredentials({ ...app, scopes: 'a' } as never)).toThrow('scopes: is unknown: did you mean scope?')
    expect(() => password({ user: 'u', password: 'p' } as never)).toThrow('user: is unknown: did you mean username?')
  })
})
