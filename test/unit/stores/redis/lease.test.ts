import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'
import { createContractRecord } from '../../../../src/testing/store-contract/contract-case.ts'
import type { TokenRecord } from '../../../../src/token/token-store.ts'
import { errorOf, type FakeCommand, FakeRedisClient } from '../../../support/redis-fake-client.ts'

const record = createContractRecord('k', 'access-secret')
const refreshable: TokenRecord = { ...record, token: { ...record.token!, refreshToken: 'refresh-secret' } }
const tombstone: TokenRecord = { version: 1, key: 'k', id: 'tombstone', epoch: 'epoch-2' }

const never = () => new Promise(() => {})
const acquireAfter =
  (ms: number) =>
  ({ arguments: [text] }: FakeCommand) =>
    new Promise((resolve) => setTimeout(resolve, ms, text))

function setUp() {
  const client = new FakeRedisClient()
  return { client, store: redisStore(client) }
}

const recordsWritten = (client: FakeRedisClient) =>
  client.sent.filter(({ name }) => name === 'write').map(({ arguments: values }) => JSON.parse(values[5]!).id)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the wait for a lock', () => {
  it('one that is acquired after its wait → is given back, and the task never runs', async () => {
    const { client, store } = setUp()
    client.script('acquire', acquireAfter(500))
    const task = vi.fn()
    const error = errorOf(store.lock!('k', task, { waitMs: 2_000 }))
    await vi.advanceTimersByTimeAsync(499)
    expect(await error).toMatchObject({ code: 'outcome_unknown' })
    expect(client.namesSent()).toEqual(['acquire'])
    await vi.advanceTimersByTimeAsync(1)
    expect(client.namesSent()).toEqual(['acquire', 'release'])
    expect(client.sent[0]!.arguments[0]!.startsWith(client.sent[1]!.arguments[0]!)).toBe(true)
    expect(task).not.toHaveBeenCalled()
  })

  it('one that is acquired after an abort → is given back, and rejects with the reason', async () => {
    const { client, store } = setUp()
    client.script('acquire', acquireAfter(50))
    const controller = new AbortController()
    const task = vi.fn()
    const error = errorOf(store.lock!('k', task, { waitMs: 5_000, signal: controller.signal }))
    controller.abort('not wanted')
    await vi.advanceTimersByTimeAsync(50)
    expect(await error).toBe('not wanted')
    expect(client.namesSent()).toEqual(['acquire', 'release'])
    expect(task).not.toHaveBeenCalled()
  })

  it('one that is acquired when its turn comes too late → is given back, and rejects', async () => {
    const { client, store } = setUp()
    client.answers['read'] = Array.from({ length: 64 }, () => () => new Promise((resolve) => setTimeout(resolve, 80, ['', '0'])))
    const others = Array.from({ length: 64 }, () => store.get('other'))
    const task = vi.fn()
    const error = errorOf(store.lock!('k', task, { waitMs: 50 }))
    await vi.advanceTimersByTimeAsync(100)
    expect(await error).toMatchObject({ code: 'lock_not_acquired' })
    expect(client.namesSent().slice(64)).toEqual(['acquire', 'release'])
    expect(task).not.toHaveBeenCalled()
    await Promise.all(others)
  })

  it('a holder that shows that it lives → is not taken over', async () => {
    const { client, store } = setUp()
    let looks = 0
    client.answers['acquire'] = Array.from({ length: 500 }, () => () => `other:${Math.floor(looks++ / 6)}`)
    const error = errorOf(store.lock!('k', async () => {}, { waitMs: 5_000 }))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await error).toMatchObject({ code: 'lock_not_acquired' })
    expect(client.sent.every(({ arguments: [, , deadText] }) => deadText === '')).toBe(true)
  })

  it.each([2_000, 5_000])('a holder that died → is taken over within a wait of %i ms', async (waitMs) => {
    const { client, store } = setUp()
    client.answers['acquire'] = Array.from(
      { length: 500 },
      () =>
        ({ arguments: [text, , deadText] }: FakeCommand) =>
          deadText === 'dead:3' ? text : 'dead:3',
    )
    const result = store.lock!('k', async () => Math.round(performance.now()), { waitMs })
    const startedAt = performance.now()
    await vi.advanceTimersByTimeAsync(waitMs)
    const tookMs = (await result) - startedAt
    expect(tookMs).toBeGreaterThan(1_000)
    expect(tookMs).toBeLessThan(waitMs)
  })

  it('a holder that died, in waits that Redis cuts short → is taken over all the same', async () => {
    const { client, store } = setUp()
    const answer = ({ arguments: [text, , deadText] }: FakeCommand) => (deadText === 'dead:3' ? text : 'dead:3')
    for (let fault = 0; fault < 40; fault++) client.script('acquire', ...Array.from({ length: 8 }, () => answer), new Error('READONLY'))
    let waits = 0
    const task = vi.fn(async () => {})
    for (; task.mock.calls.length === 0 && waits < 40; waits++) {
      const locked = errorOf(store.lock!('k', task, { waitMs: 5_000 }))
      await vi.advanceTimersByTimeAsync(2_000)
      await locked
    }
    expect(waits).toBeGreaterThan(2)
    expect(waits).toBeLessThan(12)
  })

  it('a lock that stays taken → lock_not_acquired', async () => {
    const { client, store } = setUp()
    // Of its random pauses, the shortest leave time for five looks.
    client.script('acquire', ...Array.from({ length: 6 }, (_, beat) => `other:${beat}`))
    const error = errorOf(store.lock!('k', async () => {}, { waitMs: 60 }))
    await vi.advanceTimersByTimeAsync(100)
    expect(await error).toMatchObject({ name: 'TokenStoreError', code: 'lock_not_acquired' })
  })

  it('no answer, and less time left than an operation may take → ends with the wait', async () => {
    const { client, store } = setUp()
    client.script('acquire', never)
    const startedAt = performance.now()
    const error = errorOf(store.lock!('k', async () => {}, { waitMs: 30 })).then((found) => [found, performance.now() - startedAt])
    await vi.advanceTimersByTimeAsync(200)
    expect(await error).toEqual([expect.objectContaining({ code: 'lock_not_acquired' }), 50])
  })

  it('one that is acquired late, and cannot be given back at once → is given back later', async () => {
    const { client, store } = setUp()
    client.script('acquire', acquireAfter(150))
    client.script('release', new Error('READONLY'), new Error('READONLY'))
    const error = errorOf(store.lock!('k', async () => {}, { waitMs: 2_000 }))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await error).toMatchObject({ name: 'TokenStoreError', code: 'outcome_unknown' })
    expect(client.namesSent()).toEqual(['acquire', 'release', 'release', 'release'])
  })
})

describe('a lock that is held', () => {
  it('for long → shows that its holder lives, and stops with the task', async () => {
    const { client, store } = setUp()
    const locked = store.lock!('k', () => new Promise((resolve) => setTimeout(resolve, 1_000)), { waitMs: 100 })
    await vi.advanceTimersByTimeAsync(10_000)
    await locked
    expect(client.namesSent()).toEqual(['acquire', 'beat', 'beat', 'beat', 'release'])
    const texts = client.sent.filter(({ name }) => name === 'beat').map(({ arguments: [, text] }) => text)
    expect(new Set(texts).size).toBe(3)
  })

  it('while a thousand operations wait for their turn → shows that its holder lives all the same', async () => {
    const { client, store } = setUp()
    const locked = store.lock!('k', () => new Promise((resolve) => setTimeout(resolve, 1_000)), { waitMs: 100 })
    await vi.advanceTimersByTimeAsync(0)
    client.answers['read'] = Array.from({ length: 1_000 }, () => () => new Promise((resolve) => setTimeout(resolve, 80, ['', '0'])))
    const reads = Promise.all(Array.from({ length: 1_000 }, (_, index) => store.get(`k${index}`)))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(client.namesSent().filter((name) => name === 'beat')).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(1_000)
    await Promise.all([locked, reads])
  })

  it('and whose release fails → the task counts, and it is released when Redis is back', async () => {
    const { client, store } = setUp()
    client.script('release', new Error('closed'))
    expect(await store.lock!('k', async () => 7, { waitMs: 100 })).toBe(7)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(client.namesSent()).toEqual(['acquire', 'release', 'release'])
  })

  it('before a Redis that hangs → neither beats nor attempts to release pile up', async () => {
    const { client, store } = setUp()
    client.script('beat', never)
    client.script('release', never)
    await Promise.all([
      store.lock!('k', () => new Promise((resolve) => setTimeout(resolve, 2_000)), { waitMs: 100 }),
      vi.advanceTimersByTimeAsync(60_000),
    ])
    expect(client.namesSent()).toEqual(['acquire', 'beat', 'release'])
  })

  it('a record that is read under it → may be overwritten; one that is read when it was lost → may not', async () => {
    const { client, store } = setUp()
    const stored = (id: string, isOurs: '0' | '1') => [JSON.stringify({ ...record, id }), isOurs]
    client.script('read', stored('ours', '1'), stored('of-a-successor', '0'))
    await store.lock!(
      'k',
      async () => {
        await store.get('k')
        await store.get('k')
        await store.set('k', record)
      },
      { waitMs: 100 },
    )
    expect(client.sent.find(({ name }) => name === 'write')!.arguments[2]).toBe(` ours ${record.id} `)
  })
})

describe('a refresh token that could not be written under its lock', () => {
  const { token: _, ...rest } = refreshable
  it.each<[string, TokenRecord]>([
    ['as it is', refreshable],
    ['or that may be in a sealed record', { ...rest, sealed: 'b3BhcXVl' }],
  ])('%s → keeps the lock until it is written', async (_, refreshable) => {
    const { client, store } = setUp()
    client.script('write', new Error('OOM'), new Error('OOM'))
    const error = await store.lock!('k', () => errorOf(store.set('k', refreshable)), { waitMs: 100 })
    expect(error).toMatchObject({ code: 'outcome_unknown' })
    await vi.advanceTimersByTimeAsync(200)
    expect(client.namesSent()).toEqual(['acquire', 'write', 'write'])
    await vi.advanceTimersByTimeAsync(60)
    expect(client.namesSent()).toEqual(['acquire', 'write', 'write', 'write', 'release'])
    expect(recordsWritten(client)).toEqual([refreshable.id, refreshable.id, refreshable.id])
  })

  it.each<[string, '0' | '1', string | undefined]>([
    ['while the lock is held → is what the store gives', '1', refreshable.id],
    ['and the lock is lost → what Redis holds is what the store gives', '0', undefined],
  ])('%s', async (_, isOurs, id) => {
    const { client, store } = setUp()
    client.answers['write'] = Array.from({ length: 10 }, () => new Error('READONLY'))
    await store.lock!('k', () => errorOf(store.set('k', refreshable)), { waitMs: 100 })
    client.script('read', ['', isOurs])
    expect((await store.get('k'))?.id).toBe(id)
  })

  it.each<[string, TokenRecord]>([
    ['a later refresh token', { ...refreshable, id: 'later' }],
    ['a tombstone', tombstone],
    ['a record without a refresh token', { ...record, id: 'without' }],
  ])('and %s comes in meanwhile, which cannot be written either → that one is written later, and nothing else', async (_, later) => {
    const { client, store } = setUp()
    await store.lock!(
      'k',
      async () => {
        client.isReady = false
        await errorOf(store.set('k', refreshable))
      },
      { waitMs: 100 },
    )
    await errorOf(store.set('k', later))
    client.isReady = true
    await vi.advanceTimersByTimeAsync(500)
    expect(client.namesSent()).toEqual(['acquire', 'write', 'release'])
    expect(recordsWritten(client)).toEqual([later.id])
  })

  it.each<[string, (store: ReturnType<typeof redisStore>) => Promise<void>, string]>([
    ['a tombstone is written', (store) => store.set('k', tombstone), 'write'],
    ['the record is deleted', (store) => store.delete('k'), 'delete'],
  ])('and %s meanwhile → it does not come back', async (_, end, ended) => {
    const { client, store } = setUp()
    client.script('write', new Error('OOM'), new Error('OOM'))
    await store.lock!('k', () => errorOf(store.set('k', refreshable)), { waitMs: 100 })
    await vi.advanceTimersByTimeAsync(10)
    await end(store)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(client.namesSent()).toEqual(['acquire', 'write', 'write', ended, 'release'])
    expect(recordsWritten(client).slice(2)).toEqual(ended === 'write' ? [tombstone.id] : [])
  })

  it('but an access token alone could not → the lock is released: nothing was used up', async () => {
    const { client, store } = setUp()
    client.script('write', new Error('OOM'))
    await store.lock!('k', () => errorOf(store.set('k', record)), { waitMs: 100 })
    expect(client.namesSent()).toEqual(['acquire', 'write', 'release'])
  })
})
