import { afterEach, describe, expect, it } from 'vitest'
import { emulatedApis } from '../../../../site/playground/apis.ts'
import { cameraProfile } from '../../../../site/playground/camera-api.ts'
import { type CallsResult, Playground } from '../../../../site/playground/playground.ts'
import { type ApiId, apiIds } from '../../../../site/playground/world.ts'

const opened: Playground[] = []
afterEach(() => {
  for (const playground of opened.splice(0)) playground.dispose()
})

function open(api: ApiId = 'cam2', { outageMs = 60_000 } = {}): Playground {
  const playground = new Playground({ lifetimeMs: 30_000, latencyMs: 1, outageMs, ownProvider: cameraProfile })
  opened.push(playground)
  playground.choose(api)
  return playground
}

const kindsOf = (playground: Playground): string[] => playground.session.lane.entries.map(({ kind }) => kind)

async function call(playground: Playground, count = 1): Promise<CallsResult> {
  const result = await playground.call(count)
  if (!result) throw new Error('The session has changed')
  return result
}

describe.each(apiIds)('the playground with %s', (api) => {
  it('answers ten calls at once with one token request', async () => {
    const { ends, tokenRequests } = await call(open(api), 10)
    expect(ends).toHaveLength(10)
    for (const end of ends) expect(end).toMatchObject({ status: expect.toBeOneOf([200, 206]) })
    expect(tokenRequests).toBe(1)
  })

  it('renews a token that was revoked at the server, and sends the call again', async () => {
    const playground = open(api)
    await call(playground)
    playground.revoke()
    const { ends, tokenRequests, rejectedCalls } = await call(playground)
    expect(ends).toMatchObject([{ status: expect.toBeOneOf([200, 206]) }])
    expect(rejectedCalls).toBe(1)
    expect(tokenRequests).toBeGreaterThan(0)
    expect(kindsOf(playground)).toEqual(expect.arrayContaining(['revoked', 'rejected', 'renewed', 'replayed']))
  })

  it('shows no secret and no token among its requests', async () => {
    const seen = new Set<string>()
    const { Request: Native } = globalThis
    globalThis.Request = class extends Native {
      constructor(...parameters: ConstructorParameters<typeof Native>) {
        super(...parameters)
        for (const name of ['authorization', 'x-session-key']) seen.add(this.headers.get(name)?.split(' ').at(-1) ?? '')
      }
    }
    try {
      const playground = open(api)
      await call(playground)
      playground.revoke()
      await call(playground)
      const shown = JSON.stringify(playground.session.exchanges)
      seen.delete('')
      expect(seen.size).toBeGreaterThan(1)
      for (const secret of [...seen, 'open sesame', 'emulated-musement', '-secret', '-password']) expect(shown).not.toContain(secret)
      expect(shown).toContain('‹1›')
    } finally {
      globalThis.Request = Native
    }
  })
})

describe('the network of the playground', () => {
  it('cut off → a call without a token fails with an error of tokenwell; restored → it works', async () => {
    const playground = open('camdram')
    playground.cutOff()
    const { ends } = await call(playground)
    expect(ends).toMatchObject([{ error: { name: 'TokenNetworkError', code: 'network_failed' } }])
    playground.restore()
    await expect.poll(async () => (await call(playground)).ends, { timeout: 10_000 }).toMatchObject([{ status: 200 }])
    expect(kindsOf(playground)).toEqual(expect.arrayContaining(['cutOff', 'failed', 'restored', 'acquired']))
  })

  it('cut off → a call with a fresh token fails with the error of fetch', async () => {
    const playground = open('camdram')
    await call(playground)
    playground.cutOff()
    expect((await call(playground)).ends).toMatchObject([{ error: { name: 'TypeError', message: 'fetch failed' } }])
  })

  it('comes back by itself', async () => {
    const playground = open('camdram', { outageMs: 20 })
    playground.cutOff()
    expect(playground.isCutOff).toBe(true)
    await expect.poll(() => playground.isCutOff).toBe(false)
    expect(kindsOf(playground)).toContain('restored')
  })

  it('knows no other servers', async () => {
    const playground = open()
    playground.useProvider({ ...cameraProfile, tokenUrl: 'https://elsewhere.example.com/login' })
    expect((await call(playground)).ends).toMatchObject([{ error: { name: 'TokenNetworkError' } }])
  })
})

describe('the playground', () => {
  it('forgets the token at a sign-out, and the next call asks for another one', async () => {
    const playground = open('dive')
    await call(playground)
    await playground.signOut()
    expect(playground.session.status.state).toBe('absent')
    expect((await call(playground)).tokenRequests).toBe(1)
  })

  it('begins anew with tokens of the lifetime that was chosen', async () => {
    const playground = open('camdram')
    await call(playground)
    playground.setLifetime(8_000)
    expect(playground.session.exchanges).toEqual([])
    await call(playground)
    const { issuedAt = 0, expiresAt = 0 } = playground.session.status
    expect(expiresAt - issuedAt).toBe(8_000)
  })

  it('drops how a call ended that was begun with another API', async () => {
    const playground = open('camdram')
    const ended = playground.call(1)
    playground.choose('dive')
    expect(await ended).toBeUndefined()
    expect(kindsOf(playground)).not.toContain('call')
  })

  it('tells who listens of what has happened, until that stops', async () => {
    const playground = open('camdram')
    let told = 0
    const stop = playground.subscribe(() => told++)
    await call(playground)
    expect(told).toBeGreaterThan(0)
    stop()
    const before = told
    playground.revoke()
    expect(told).toBe(before)
  })

  it('numbers requests from the first one on, and keeps the last forty', async () => {
    const playground = open('camdram')
    await call(playground, 50)
    const numbers = playground.session.exchanges.map(({ number }) => number)
    expect(numbers).toHaveLength(40)
    expect(numbers.at(-1)).toBe(51)
  })

  it('names each of the four systems', () => {
    expect(Object.keys(emulatedApis)).toEqual(apiIds.filter((id) => id !== 'own'))
  })
})
