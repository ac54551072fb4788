import { describe, expect, it } from 'vitest'
import type { TokenEvents } from '../../../src/base/events.ts'
import type { TokenManager } from '../../../src/manager/token-manager.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { createService, settle } from '../../support/service.ts'
import { withLock } from '../../support/with-lock.ts'

function listen(tokens: TokenManager): TokenEvents['timed'][] {
  const heard: TokenEvents['timed'][] = []
  tokens.on('timed', (event) => void heard.push(event))
  return heard
}

const granted = () => Response.json({ access_token: 'a', token_type: 'Bearer', expires_in: 60 })

describe('the event `timed`', () => {
  it('of a token that is asked for → tells of the lock, the request and the wait, with when each began', async () => {
    const clock = createFakeClock()
    const startedAt = clock.now()
    const fetch = async () => {
      clock.advance(700)
      return granted()
    }
    const { tokens } = createService({ clock, manager: { fetch, store: memoryStore() } })
    const heard = listen(tokens)
    await tokens.getToken()
    expect(heard).toEqual([
      { at: startedAt, startedAt, step: 'lock' },
      { at: startedAt + 700, startedAt, step: 'request', grant: 'client_credentials' },
      { at: startedAt + 700, startedAt, step: 'wait' },
    ])
  })

  it('of a token at hand → does not come', async () => {
    const { tokens } = createService()
    await tokens.getToken()
    const heard = listen(tokens)
    await Promise.all([tokens.getToken(), tokens.getAuthorization(), tokens.fetch('https://api.example.com/things')])
    await settle()
    expect(heard).toEqual([])
  })

  it('of a renewal by refresh token that is refused → names it, and has the error that callers get', async () => {
    const refused = Response.json({ error: 'invalid_client' }, { status: 401 })
    const { tokens } = createService({ replies: [{ access_token: 'a', refresh_token: 'r' }, refused] })
    await tokens.getToken()
    const heard = listen(tokens)
    const error = await tokens.getToken({ forceRenewal: true }).catch((thrown: unknown) => thrown)
    expect(heard).toMatchObject([
      { step: 'request', grant: 'refresh_token', failure: { code: 'refused', error: 'invalid_client', status: 401 } },
      { step: 'wait' },
    ])
    expect(heard[1]?.failure).toBe(error)
  })

  it('of a caller who gives up → says so, and not why', async () => {
    const { tokens } = createService()
    const heard = listen(tokens)
    const controller = new AbortController()
    const call = tokens.getToken({ signal: controller.signal })
    controller.abort({ error: 's3cret', code: 's3cret' })
    await expect(call).rejects.toEqual({ error: 's3cret', code: 's3cret' })
    await settle()
    expect(heard.map(({ step, failure }) => [step, failure])).toEqual([
      ['wait', 'interrupted'],
      ['request', undefined],
    ])
  })

  it('of a lock that is not acquired → has the error of the store', async () => {
    const store = withLock(memoryStore(), () => Promise.reject(new Error('s3cret')))
    const { tokens } = createService({ manager: { store } })
    const heard = listen(tokens)
    await tokens.getToken()
    expect(heard.filter(({ step }) => step === 'lock')).toMatchObject([{ failure: 'interrupted' }])
  })
})

it('the event `replayed` → says the method, and when the call was sent again', async () => {
  const clock = createFakeClock()
  const { tokens } = createService({
    clock,
    api: ({ token }) => {
      clock.advance(40)
      return new Response(null, { status: token === 'token-1' ? 401 : 204 })
    },
  })
  const heard: TokenEvents['replayed'][] = []
  tokens.on('replayed', (event) => void heard.push(event))
  const startedAt = clock.now() + 40
  await tokens.fetch('https://api.example.com/things', { method: 'DELETE' })
  expect(heard).toEqual([{ at: startedAt + 40, startedAt, generation: 2, status: 204, method: 'DELETE' }])
})
