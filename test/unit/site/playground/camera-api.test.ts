import { describe, expect, it } from 'vitest'
import { createCameraApi } from '../../../../site/playground/camera-api.ts'
import { answerByRoutes } from '../../../../src/testing/route.ts'

const base = 'https://cameras.example.com/api'
const account = { login: { user: 'guard', pass: 'open sesame' } }

function open(lifetimeMs = 30_000) {
  const api = createCameraApi(lifetimeMs)
  const ask = async (path: string, init?: RequestInit) => {
    const response = await answerByRoutes(api.routes, new Request(base + path, init))
    return { status: response?.status, body: await response?.json() }
  }
  const logIn = (body: unknown = account, type = 'application/json') =>
    ask('/login', { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) })
  const list = (key: string) => ask('/cameras', { headers: { 'x-session-key': key } })
  return { api, ask, logIn, list }
}

describe('the camera API of the playground', () => {
  it('gives a session, which opens the list until it is revoked', async () => {
    const { api, logIn, list } = open()
    const { status, body } = await logIn()
    expect([status, body.session.ttl]).toEqual([200, 30_000])
    expect(await list(body.session.key)).toMatchObject({ status: 200, body: [{ name: 'Gate' }, { name: 'Yard' }] })
    api.revoke()
    expect(await list(body.session.key)).toEqual({ status: 403, body: { ok: false, reason: 'session is over' } })
    expect(api.counters).toEqual({ tokenRequests: 1, apiCalls: 2, rejectedCalls: 1 })
  })

  it('ends a session when its time is over', async () => {
    const { logIn, list } = open(0)
    const { body } = await logIn()
    expect(await list(body.session.key)).toMatchObject({ status: 403 })
  })

  it.each([
    { of: 'a wrong password', body: { login: { user: 'guard', pass: 'a guess' } }, status: 200, reason: 'wrong user or password' },
    { of: 'fields of another form', body: { user: 'guard' }, status: 200, reason: 'wrong user or password' },
    { of: 'null', body: null, status: 200, reason: 'wrong user or password' },
    { of: 'a form', body: account, type: 'application/x-www-form-urlencoded', status: 415, reason: 'send JSON' },
  ])('refuses $of', async ({ body, type, status, reason }) => {
    expect(await open().logIn(body, type)).toEqual({ status, body: { ok: false, reason } })
  })

  it('knows no other paths', async () => {
    expect(await open().ask('/doors')).toEqual({ status: 404, body: { ok: false, reason: 'no such path' } })
  })
})
