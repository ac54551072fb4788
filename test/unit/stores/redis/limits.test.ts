import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'
import { createContractRecord } from '../../../../src/testing/store-contract/contract-case.ts'
import { errorOf, FakeRedisClient } from '../../../support/redis-fake-client.ts'

const record = createContractRecord('k', 'access-secret')
const never = () => new Promise(() => {})
const after = (ms: number, answer: unknown) => () => new Promise((resolve) => setTimeout(resolve, ms, answer))

function setUp() {
  const client = new FakeRedisClient()
  return { client, store: redisStore(client) }
}

/** How long something takes by the fake clock, ms, and what it gives. */
async function timed<T>(promise: Promise<T>): Promise<[number, T]> {
  const startedAt = performance.now()
  const timing = { isOver: false, endedAt: 0 }
  const measured = promise.finally(() => Object.assign(timing, { isOver: true, endedAt: performance.now() }))
  for (let passedMs = 0; !timing.isOver && passedMs < 10_000; passedMs += 10) await vi.advanceTimersByTimeAsync(10)
  return [timing.endedAt - startedAt, await measured]
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('one operation', () => {
  it('a client that is not ready → everything fails at once, and nothing is sent', async () => {
    const { client, store } = setUp()
    client.isReady = false
    const task = vi.fn()
    for (const operation of [store.get('k'), store.set('k', record), store.delete('k'), store.lock!('k', task, { waitMs: 5_000 })]) {
      await expect(operation).rejects.toThrow(
        expect.objectContaining({ code: 'store_failed', message: expect.stringMatching(/connect\(\)/) }),
      )
    }
    expect(client.sent).toEqual([])
    expect(task).not.toHaveBeenCalled()
  })

  it('no answer within 90 ms, nor in the turn after it → fails, and says that it may have been carried out', async () => {
    const { client, store } = setUp()
    client.script('write', never)
    const [tookMs, error] = await timed(errorOf(store.set('k', record)))
    expect(error).toMatchObject({ code: 'outcome_unknown', message: expect.stringMatching(/within 90 ms/) })
    expect(tookMs).toBe(110)
  })

  it('an answer that arrives with the limit, and is read in the turn after it → counts', async () => {
    const { client, store } = setUp()
    client.script('read', after(105, [JSON.stringify(record), '1']))
    const [, found] = await timed(store.get('k'))
    expect(found).toEqual(record)
  })

  it('an answer to a process that computes, so that each of its timers fires late → counts all the same', async () => {
    const due: (() => void)[] = []
    vi.stubGlobal('setTimeout', (task: () => void) => due.push(task))
    const { client, store } = setUp()
    const answer = Promise.withResolvers()
    client.script('read', () => answer.promise)
    const found = store.get('k')
    for (let turn = 0; turn < 8; turn++) due.shift()?.()
    answer.resolve([JSON.stringify(record), '1'])
    vi.unstubAllGlobals()
    expect(await found).toEqual(record)
  })

  it('no answer to somebody who waits 5 s for the lock (a refresh token) → 400 ms', async () => {
    const { client, store } = setUp()
    client.script('acquire', never)
    const [tookMs, error] = await timed(errorOf(store.lock!('k', async () => {}, { waitMs: 5_000 })))
    expect(error).toMatchObject({ message: expect.stringMatching(/within 400 ms/) })
    expect(tookMs).toBe(420)
  })

  it('an answer that is an error, after the wait → nothing is left unhandled', async () => {
    const { client, store } = setUp()
    client.script('read', () => new Promise((_, reject) => setTimeout(reject, 200, new Error('closed'))))
    const error = errorOf(store.get('k'))
    await vi.advanceTimersByTimeAsync(300)
    expect(await error).toMatchObject({ code: 'outcome_unknown' })
  })
})

describe('a Redis that hangs', () => {
  /** What a renewal asks the store for, one after another. */
  const renew = async (store: ReturnType<typeof redisStore>) => {
    const first = await errorOf(store.get('k'))
    await errorOf(store.lock!('k', async () => {}, { waitMs: 2_000 }))
    for (let read = 0; read < 2; read++) await errorOf(store.get('k'))
    return [first, await errorOf(store.set('k', record))]
  }

  it('a renewal that asks it five times → waits for less than 500 ms in all', async () => {
    const { client, store } = setUp()
    client.eval = never as never
    const [tookMs, errors] = await timed(renew(store))
    expect(errors[0]).toMatchObject({ code: 'outcome_unknown' })
    expect(errors[1]).toMatchObject({ code: 'store_failed', message: expect.stringMatching(/a moment ago/) })
    expect(tookMs).toBeLessThanOrEqual(190)
  })

  it('a renewal that rather waits for it (a refresh token) → less than 500 ms in all, too', async () => {
    const { client, store } = setUp()
    client.eval = never as never
    const ask = async () => [await errorOf(store.get('k')), await errorOf(store.lock!('k', async () => {}, { waitMs: 5_000 }))]
    const [tookMs] = await timed(ask())
    expect(tookMs).toBeGreaterThan(400)
    expect(tookMs).toBeLessThan(500)
  })

  it('a thousand operations → all fail within 500 ms, and few of them were sent', async () => {
    const { client, store } = setUp()
    const sent = vi.fn(never)
    client.eval = sent as never
    const all = Promise.all(Array.from({ length: 1_000 }, (_, index) => errorOf(store.get(`k${index}`))))
    const [tookMs, errors] = await timed(all)
    expect(errors.every((error) => error?.name === 'TokenStoreError')).toBe(true)
    expect(tookMs).toBeLessThan(500)
    expect(sent.mock.calls.length).toBeLessThanOrEqual(3 * 64)
  })

  it('for a second after that → everybody fails at once; then it is asked again', async () => {
    const { client, store } = setUp()
    const { eval: works } = client
    client.eval = never as never
    await timed(renew(store))
    client.eval = works
    const [tookMs, error] = await timed(errorOf(store.get('k')))
    expect(error).toMatchObject({ message: expect.stringMatching(/a moment ago/) })
    expect(tookMs).toBe(0)
    expect(client.sent).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await store.get('k')).toBeUndefined()
  })

  it('and answers late → it is asked again at once', async () => {
    const { client, store } = setUp()
    const stuck: ((answer: unknown) => void)[] = []
    const { eval: works } = client
    client.eval = () => new Promise((resolve) => stuck.push(resolve))
    await timed(renew(store))
    client.eval = works
    expect(await errorOf(store.get('k'))).toBeDefined()
    stuck[0]!(['', '0'])
    await vi.advanceTimersByTimeAsync(0)
    expect(await store.get('k')).toBeUndefined()
  })

  it('long ago, and now one operation is late → that is no reason to ask nobody', async () => {
    const { client, store } = setUp()
    const { eval: works } = client
    client.eval = never as never
    await timed(renew(store))
    await vi.advanceTimersByTimeAsync(2_000)
    await timed(errorOf(store.get('k')))
    client.eval = works
    expect(await store.get('k')).toBeUndefined()
  })
})

describe('one slow answer', () => {
  it('among others that are answered → fails alone, however often', async () => {
    const { client, store } = setUp()
    const { eval: works } = client
    client.eval = (script, options) => (options.keys[0] === 'slow' ? (never() as Promise<unknown>) : works(script, options))
    for (let round = 0; round < 10; round++) {
      const slow = errorOf(store.get('slow'))
      await vi.advanceTimersByTimeAsync(50)
      expect(await store.get('k')).toBeUndefined()
      await vi.advanceTimersByTimeAsync(60)
      expect(await slow).toMatchObject({ code: 'outcome_unknown' })
      expect(await store.get('k')).toBeUndefined()
    }
  })

  it('among others that are answered, and then Redis hangs → its silence counts from then on', async () => {
    const { client, store } = setUp()
    client.script('read', never, ['', '0'])
    const slow = errorOf(store.get('slow'))
    await vi.advanceTimersByTimeAsync(100)
    await store.get('k')
    await vi.advanceTimersByTimeAsync(10)
    expect(await slow).toMatchObject({ code: 'outcome_unknown' })
    client.eval = never as never
    const tookMs: number[] = []
    for (let read = 0; read < 4; read++) tookMs.push((await timed(errorOf(store.get('k'))))[0])
    expect(tookMs).toEqual([110, 80, 0, 0])
  })

  it('while Redis pauses once for 150 ms → those under way fail, and the others wait for it', async () => {
    const { client, store } = setUp()
    const pausedUntil = performance.now() + 150
    const { eval: works } = client
    client.eval = async (script, options) => {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, pausedUntil - performance.now())))
      return works(script, options)
    }
    const [, errors] = await timed(Promise.all(Array.from({ length: 1_000 }, (_, index) => errorOf(store.get(`k${index}`)))))
    expect(errors.filter(Boolean).length).toBeLessThanOrEqual(64)
  })
})

describe('many operations', () => {
  it('a thousand at once, each answered after 80 ms → 64 under way at most, and none is late: who waits for a turn spends no limit', async () => {
    const { client, store } = setUp()
    let [running, most] = [0, 0]
    client.eval = async (_: string, { arguments: [text] }) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 80))
      running--
      return [text, '1']
    }
    const all = Promise.all(Array.from({ length: 1_000 }, (_, index) => store.get(`k${index}`)))
    const [tookMs] = await timed(all)
    expect(most).toBe(64)
    expect(tookMs).toBe(Math.ceil(1_000 / 64) * 80)
  })

  it('a thousand locks → neither acquiring nor giving back has more than 64 under way', async () => {
    const { client, store } = setUp()
    let [running, most] = [0, 0]
    const { eval: works } = client
    client.eval = async (script, options) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running--
      return works(script, options)
    }
    const locks = Array.from({ length: 1_000 }, (_, index) => store.lock!(`k${index}`, async () => index, { waitMs: 5_000 }))
    const [, results] = await timed(Promise.all(locks))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(results).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
    expect(client.namesSent().filter((name) => name === 'release')).toHaveLength(1_000)
    expect(most).toBe(64)
  })

  it('a client that loses its connection while others wait for their turn → those fail at once', async () => {
    const { client, store } = setUp()
    const sent = vi.fn(never)
    client.eval = sent as never
    const under = Array.from({ length: 64 }, (_, index) => errorOf(store.get(`k${index}`)))
    client.isReady = false
    expect(await errorOf(store.get('late'))).toMatchObject({ message: expect.stringMatching(/not connected/) })
    expect(sent).toHaveBeenCalledTimes(64)
    await timed(Promise.all(under))
  })

  it('locks that are given back to a Redis that hangs → hold nobody up for longer than an operation would', async () => {
    const { client, store } = setUp()
    client.answers['release'] = Array.from({ length: 64 }, () => never)
    for (let index = 0; index < 64; index++) await store.lock!(`k${index}`, async () => {}, { waitMs: 100 })
    const [tookMs, found] = await timed(store.get('k'))
    expect(found).toBeUndefined()
    expect(tookMs).toBe(110)
    expect(client.namesSent().at(-1)).toBe('read')
  })
})
