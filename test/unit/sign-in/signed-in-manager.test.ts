import { describe, expect, it } from 'vitest'
import { SignInRequiredError } from '../../../src/base/errors.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { RecordedTokenRequest, ScriptedReply } from '../../../src/testing/scripted-token-server.ts'
import type { TokenStore } from '../../../src/token/token-store.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import { createService, type Service } from '../../support/service.ts'
import { clientId, code, createSignIn, redirectUri, responseTo } from '../../support/sign-in/begin-sign-in.ts'

const hour = 3_600_000
const rotating = (count: number): ScriptedReply => ({ access_token: `a${count}`, refresh_token: `r${count}`, expires_in: 3600 })
const refusal = (): ScriptedReply => Response.json({ error: 'invalid_grant' }, { status: 400 })

/** A user signs in, and a manager gets the grant. */
async function signedIn(replies: ScriptedReply[], store?: TokenStore): Promise<Service & { codeVerifier: string }> {
  const { begin, complete, items, clock } = createSignIn()
  const url = await begin()
  const { codeVerifier } = JSON.parse([...items.values()][0] ?? '')
  const { grant } = await complete(responseTo(url))
  return { ...withGrant(grant, replies, store, clock), codeVerifier }
}

const withGrant = (grant: Grant, replies: ScriptedReply[], store?: TokenStore, clock?: Service['clock']): Service =>
  createService({ grant, replies, otherwise: refusal(), ...(clock && { clock }), ...(store && { manager: { store } }) })

const parametersOf = (requests: readonly RecordedTokenRequest[]) => requests.map(({ parameters }) => parameters)
const typesOf = ({ events }: Service) => events.map(({ type }) => type)

describe('a manager with the grant of a sign-in', () => {
  it('a manager with the grant of a sign-in → exchanges the code with its verifier and redirect URI, as a public client, when a token is needed first', async () => {
    const { tokens, tokenRequests, codeVerifier } = await signedIn([rotating(1)])
    expect(tokenRequests).toHaveLength(0)
    expect((await tokens.getToken()).accessToken).toBe('a1')
    expect(parametersOf(tokenRequests)).toEqual([
      { grant_type: 'authorization_code', code, code_verifier: codeVerifier, redirect_uri: redirectUri, client_id: clientId },
    ])
    expect(tokenRequests[0]?.url).not.toContain('?')
    expect(tokenRequests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('a manager with the grant of a sign-in → renews by refresh token from then on, and never presents the code again', async () => {
    const { tokens, tokenRequests, clock } = await signedIn([rotating(1), rotating(2), rotating(3)])
    for (const expected of ['a1', 'a2', 'a3']) {
      expect((await tokens.getToken()).accessToken).toBe(expected)
      clock.advance(hour)
    }
    expect(parametersOf(tokenRequests.slice(1))).toEqual([
      { grant_type: 'refresh_token', refresh_token: 'r1', client_id: clientId },
      { grant_type: 'refresh_token', refresh_token: 'r2', client_id: clientId },
    ])
  })

  it('whose refresh token is refused → calls for a sign-in, at once and without a request from then on', async () => {
    const service = await signedIn([rotating(1), refusal()])
    await service.tokens.getToken()
    service.clock.advance(hour)
    for (let call = 0; call < 3; call++) await expect(service.tokens.getToken()).rejects.toThrow(SignInRequiredError)
    expect(service.tokenRequests).toHaveLength(2)
    expect(typesOf(service)).toContain('signInRequired')
  })

  it('whose code is refused → calls for a sign-in, with the server’s word as the cause', async () => {
    const service = await signedIn([refusal()])
    await expect(service.tokens.getToken()).rejects.toMatchObject({ code: 'sign_in_required', cause: { error: 'invalid_grant' } })
    expect(typesOf(service)).toContain('signInRequired')
  })

  it('without a refresh token → works until the token ends', async () => {
    const service = await signedIn([{ access_token: 'a1', expires_in: 3600 }])
    expect(await service.tokens.getAuthorization()).toBe('Bearer a1')
    service.clock.advance(hour)
    await expect(service.tokens.getToken()).rejects.toThrow(SignInRequiredError)
    expect(service.tokenRequests).toHaveLength(1)
  })
})

describe('after a reload', () => {
  it('a grant without a code → goes on from the store, and renews', async () => {
    const store = memoryStore()
    const before = await signedIn([rotating(1)], store)
    await before.tokens.getToken()
    before.tokens.dispose()
    const after = withGrant(authorizationCode({ clientId }), [rotating(2)], store, before.clock)
    expect((await after.tokens.getToken()).accessToken).toBe('a1')
    expect(after.tokenRequests).toHaveLength(0)
    before.clock.advance(hour)
    expect((await after.tokens.getToken()).accessToken).toBe('a2')
    expect(parametersOf(after.tokenRequests)).toEqual([{ grant_type: 'refresh_token', refresh_token: 'r1', client_id: clientId }])
  })

  it('with nothing in the store → calls for a sign-in, without a request', async () => {
    const service = withGrant(authorizationCode({ clientId }), [], memoryStore())
    await expect(service.tokens.getToken()).rejects.toThrow(SignInRequiredError)
    expect(service.tokenRequests).toHaveLength(0)
    expect(typesOf(service)).toContain('signInRequired')
  })

  it('after a sign-out → calls for a sign-in', async () => {
    const store = memoryStore()
    const before = await signedIn([rotating(1)], store)
    await before.tokens.getToken()
    await before.tokens.clear()
    const after = withGrant(authorizationCode({ clientId }), [rotating(2)], store, before.clock)
    await expect(after.tokens.getToken()).rejects.toThrow(SignInRequiredError)
    expect(after.tokenRequests).toHaveLength(0)
  })
})

it('a new sign-in over the same store → wins, and the manager that was there before goes on with it', async () => {
  const store = memoryStore()
  const first = await signedIn([rotating(1), refusal()], store)
  await first.tokens.getToken()
  const second = await signedIn([rotating(2)], store)
  expect((await second.tokens.getToken()).accessToken).toBe('a2')
  first.clock.advance(hour / 2)
  expect((await first.tokens.getToken({ forceRenewal: true })).accessToken).toBe('a2')
  expect([first.tokenRequests.length, second.tokenRequests.length]).toEqual([1, 1])
})

it('users with a subject of their own → share a store, and no token', async () => {
  const store = memoryStore()
  const manager = async (subject: string, reply: ScriptedReply) => {
    const { begin, complete } = createSignIn()
    const { grant } = await complete(responseTo(await begin()))
    return createService({ grant, replies: [reply], manager: { store, subject } })
  }
  const [ann, ben] = [await manager('ann', rotating(1)), await manager('ben', rotating(2))]
  expect([(await ann.tokens.getToken()).accessToken, (await ben.tokens.getToken()).accessToken]).toEqual(['a1', 'a2'])
  const after = createService({ grant: authorizationCode({ clientId }), manager: { store, subject: 'ann' } })
  expect((await after.tokens.getToken()).accessToken).toBe('a1')
})
