import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Provider, TokenManager } from '../../../src/index.ts'
import { recordExchange } from '../../../src/testing.ts'
import { relocate } from '../relocate.ts'
import { realDirectus } from './directus.ts'
import { realNodeRed } from './node-red.ts'
import { realOidcProvider, realOidcUser } from './oidc-provider.ts'
import { realParseServer } from './parse-server.ts'
import type { RealApi, RunningRealApi } from './real-api.ts'
import { realSignalK } from './signal-k.ts'

const apis: readonly RealApi[] = [realSignalK, realNodeRed, realOidcProvider, realOidcUser, realDirectus, realParseServer]

const nameOf = ({ software, variant }: RealApi) => `${software}${variant ? `, ${variant}` : ''}`

/** So many have to pass; where there is no refresh token, one is skipped. */
const probes = 5
const failed = new Set<string>()

describe.each(apis.filter(({ needs }) => needs))('$software is not run: it needs $needs', () => {
  it('is skipped', ({ skip }) => skip())
})

describe.each(apis.filter(({ needs }) => !needs).map((real) => ({ name: nameOf(real), real })))('$name', ({ real }) => {
  let api: RunningRealApi
  let offset = 0
  let passed = 0
  const open: TokenManager[] = []

  beforeAll(async () => {
    api = await real.start()
  }, 120_000)
  afterEach(({ task }) => {
    offset = 0
    for (const tokens of open.splice(0)) tokens.dispose()
    if (task.result?.state === 'fail') failed.add(real.profile)
    else passed++
  })
  afterAll(async () => {
    await api?.stop()
    note(real, passed >= probes)
  })

  /** A manager over the real server, and what it sent. */
  function manage(password?: string) {
    const sent: { method: string; path: string; body: string; status: number }[] = []
    const recorder = recordExchange(async (input, init) => {
      const response = await fetch(input, init)
      const { pathname } = new URL(String(input))
      sent.push({ method: init?.method ?? 'GET', path: pathname, body: String(init?.body ?? ''), status: response.status })
      return response
    })
    const provider: Provider = relocate(api.profile, api)
    const tokens = new TokenManager({
      provider,
      grant: api.grant(password),
      subject: 'me',
      fetch: recorder.fetch,
      now: () => Date.now() + offset,
    })
    open.push(tokens)
    const tokenRequests = () => sent.filter(({ path }) => path === new URL(provider.tokenUrl).pathname || path.endsWith('/refresh'))
    return { tokens, sent, tokenRequests, recorder }
  }

  const read = () => api.url + api.read

  it('refuses a call without a token, and answers one with it; its token request is as documented', async () => {
    const { status } = await fetch(read(), { headers: { ...api.profile.headers } })
    expect([400, 401]).toContain(status)
    const { tokens, tokenRequests } = manage()
    expect((await tokens.fetch(read())).status).toBe(200)
    expect(tokenRequests()).toEqual([{ ...real.logIn, body: expect.any(String), status: expect.toSatisfy((status) => status < 300) }])
    const sorted = (text: string) =>
      text.startsWith('{')
        ? text
        : text
            .replace(/(refresh_token=)[^&]+/, '$1REFRESH')
            .split('&')
            .sort()
            .join('&')
    expect(sorted(tokenRequests()[0]?.body ?? '')).toBe(sorted(real.logIn.body))
  })

  it('says how long a token lives → it is renewed before that, and no call is refused', async () => {
    const { tokens, sent } = manage()
    await tokens.fetch(read())
    const { issuedAt, expiresAt = 0 } = await tokens.getToken()
    expect(Math.abs(expiresAt - issuedAt - real.lifetimeMs)).toBeLessThan(2_000)
    offset = real.lifetimeMs - Math.min(200_000, real.lifetimeMs * 0.15)
    expect((await tokens.fetch(read())).status).toBe(200)
    await expect.poll(() => tokens.explain().generation, { timeout: 20_000 }).toBe(2)
    expect((await tokens.fetch(read())).status).toBe(200)
    expect(sent.every(({ status }) => status < 300)).toBe(true)
  })

  it('drops a token → that is noticed, the token renewed, and the call sent again', async () => {
    const { tokens, sent } = manage()
    expect((await tokens.fetch(read())).status).toBe(200)
    const before = await tokens.getToken()
    await api.drop(before)
    sent.length = 0
    expect((await tokens.fetch(read())).status).toBe(200)
    expect((await tokens.getToken()).accessToken).not.toBe(before.accessToken)
    expect(sent.map(({ status }) => status < 300)).toEqual([false, true, true])
  }, 180_000)

  it('no longer takes the refresh token → what the API needs then happens', async ({ skip }) => {
    if (!api.killRefresh) return skip('it gives none')
    const { tokens, sent } = manage()
    await tokens.fetch(read())
    const token = await tokens.getToken()
    await api.drop(token)
    await api.killRefresh(token)
    sent.length = 0
    if (api.onDeadRefresh === 'sign-in') await expect(tokens.fetch(read())).rejects.toMatchObject({ name: 'SignInRequiredError' })
    else expect((await tokens.fetch(read())).status).toBe(200)
    expect(sent[1]?.status).toBeGreaterThanOrEqual(400)
    expect(sent).toHaveLength(api.onDeadRefresh === 'sign-in' ? 2 : 4)
  })

  it('refuses wrong credentials → they are sent once, and the error is not retryable', async () => {
    const { tokens, tokenRequests } = manage('a wrong password')
    await expect(tokens.getToken()).rejects.toMatchObject({ retryable: false })
    await expect(tokens.getToken()).rejects.toMatchObject({ retryable: false })
    expect(tokenRequests()).toHaveLength(1)
  })

  it('is recorded → no token and no password is in the report', async () => {
    const { tokens, recorder } = manage()
    await tokens.fetch(read())
    const { accessToken, refreshToken } = await tokens.getToken()
    const report = recorder.toString()
    for (const secret of [accessToken, refreshToken, ...passwords]) if (secret) expect(report).not.toContain(secret)
  })
})

const passwords = ['fair winds', 'flows & nodes', 'flows+%26+nodes', 'open sesame', 'content is king', 'p_n7!-e8']

const ranPath = join(import.meta.dirname, 'ran.json')

/** For docs/apis.md: what has passed all probes is in the list, what has failed one is not. */
function note({ profile, software }: RealApi, hasRunAll: boolean): void {
  const { [profile]: before, ...others } = JSON.parse(readFileSync(ranPath, 'utf8'))
  const now = hasRunAll ? software : before
  const ran = failed.has(profile) || now === undefined ? others : { ...others, [profile]: now }
  const sorted = Object.fromEntries(Object.entries(ran).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(ranPath, `${JSON.stringify(sorted, null, 2)}\n`)
}
