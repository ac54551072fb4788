import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'
import { createContractRecord } from '../../../../src/testing/store-contract/contract-case.ts'
import { collectGarbage } from '../../../support/collect-garbage.ts'
import { type FakeCommand, FakeRedisClient } from '../../../support/redis-fake-client.ts'

const record = createContractRecord('k', 'access-secret')
const stored = (id: string) => [JSON.stringify({ ...record, id }), '0']

function setUp(prefix = '') {
  const client = new FakeRedisClient()
  return { client, store: redisStore(client, { prefix }) }
}

/** Lets the last connection listen. */
async function open(client: FakeRedisClient) {
  const listener = client.listeners.at(-1)!
  listener.connects.resolve()
  await vi.advanceTimersByTimeAsync(0)
  return listener
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the connection that listens', () => {
  it('a thousand keys → one connection and one channel; closed with the last listener', async () => {
    const { client, store } = setUp('app:')
    expect(client.listeners).toEqual([])
    const stops = Array.from({ length: 1_000 }, (_, index) => store.subscribe!(`k${index}`, vi.fn()))
    const listener = await open(client)
    expect(client.listeners).toHaveLength(1)
    expect([...listener.channels.keys()]).toEqual(['app:tokenwell:2:changed'])
    expect(listener).toMatchObject({ isUnref: true, isDestroyed: false })
    for (const stop of stops.slice(1)) stop()
    expect(listener.isDestroyed).toBe(false)
    stops[0]!()
    stops[0]!()
    expect(listener.isDestroyed).toBe(true)
    expect(client.onEnd.size).toBe(0)
    store.subscribe!('k', vi.fn())
    expect(client.listeners).toHaveLength(2)
  })

  it('is closed while it is being made → is closed for good, and never listens', async () => {
    const { client, store } = setUp()
    store.subscribe!('k', vi.fn())()
    expect(client.listeners[0]!.isDestroyed).toBe(true)
    client.listeners[0]!.connects.reject(new Error('closed'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(client.listeners).toHaveLength(1)
  })

  it('breaks, or cannot be made → another one is opened soon, ever more seldom, and listens for all', async () => {
    const { client, store } = setUp()
    const notice = vi.fn()
    const stop = store.subscribe!('k', notice)
    await open(client)
    client.listeners[0]!.handlers['error']!()
    client.listeners[0]!.handlers['error']!()
    expect(client.listeners[0]!.isDestroyed).toBe(true)
    await vi.advanceTimersByTimeAsync(250)
    expect(client.listeners).toHaveLength(2)
    client.listeners[1]!.connects.reject(new Error('refused'))
    await vi.advanceTimersByTimeAsync(249)
    expect(client.listeners).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(251)
    const listener = await open(client)
    expect(client.listeners).toHaveLength(3)
    listener.publish('another k')
    expect(notice).toHaveBeenCalledTimes(1)
    stop()
    expect(listener.isDestroyed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is wanted before the client is connected → is opened once that is', async () => {
    const { client, store } = setUp()
    client.isReady = false
    const stop = store.subscribe!('k', vi.fn())
    await vi.advanceTimersByTimeAsync(60_000)
    expect(client.listeners).toEqual([])
    client.isReady = true
    await vi.advanceTimersByTimeAsync(5_000)
    expect(client.listeners).toHaveLength(1)
    stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('of a client that its owner closes → is closed with it, and opened again when that is connected again', async () => {
    const { client, store } = setUp()
    const stop = store.subscribe!('k', vi.fn())
    await open(client)
    client.isReady = false
    for (const end of client.onEnd) end()
    expect(client.listeners[0]!.isDestroyed).toBe(true)
    expect(client.onEnd.size).toBe(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(client.listeners).toHaveLength(1)
    client.isReady = true
    await vi.advanceTimersByTimeAsync(5_000)
    expect(client.listeners).toHaveLength(2)
    stop()
  })

  it('of managers that are dropped without dispose() → is closed when they are collected', async () => {
    vi.useRealTimers()
    const { client, store } = setUp()
    const called = vi.fn()
    for (let count = 0; count < 2_000; count++) store.subscribe!('k', () => called())
    client.listeners[0]!.connects.resolve()
    await collectGarbage()
    expect(client.listeners).toHaveLength(1)
    expect(client.listeners[0]!.isDestroyed).toBe(true)
    expect(called).not.toHaveBeenCalled()
  })
})

describe('a notice', () => {
  it('of another context → its key is read by those that listen to it; of this store, or of other keys → nobody', async () => {
    const { client, store } = setUp()
    const [notice, foreign] = [vi.fn(), vi.fn()]
    const key = 'tokenwell:2:{"scope":["a b"]}'
    store.subscribe!(key, notice)
    store.subscribe!('another', foreign)
    const listener = await open(client)
    client.sent.length = 0
    await store.set(key, record)
    const own = client.sent.find(({ name }) => name === 'write')!.arguments[4]!
    expect(own.endsWith(` ${key}`)).toBe(true)
    listener.publish(own)
    listener.publish('sender of-nobody')
    listener.publish('')
    expect(notice).not.toHaveBeenCalled()
    listener.publish(`sender ${key}`)
    expect(notice).toHaveBeenCalledTimes(1)
    expect(foreign).not.toHaveBeenCalled()
    expect(client.namesSent()).toEqual(['write'])
  })

  it('of a record that had been read → is told once: the read that follows brings no further news', async () => {
    const { client, store } = setUp()
    const notice = vi.fn(() => void store.get('k'))
    store.subscribe!('k', notice)
    client.script('read', stored('a'), stored('a'), stored('b'))
    await store.get('k')
    const listener = await open(client)
    listener.publish('sender k')
    await vi.advanceTimersByTimeAsync(0)
    expect(client.namesSent().filter((name) => name === 'read')).toHaveLength(3)
    expect(notice).toHaveBeenCalledTimes(1)
  })

  it('that others delete, too → the listener is called once', async () => {
    const { client, store } = setUp()
    await store.delete('k')
    const [{ arguments: values }] = client.sent as [FakeCommand]
    const other = setUp()
    const notice = vi.fn()
    other.store.subscribe!('k', notice)
    const listener = await open(other.client)
    listener.publish(values[4]!)
    await other.store.get('k')
    expect(notice).toHaveBeenCalledTimes(1)
  })
})

describe('what was missed', () => {
  it('before the connection listened → those are told that have seen another record, or none', async () => {
    const { client, store } = setUp()
    const [seen, changed, unread, empty] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()]
    client.eval = async (_, { keys: [key] }) => ({ seen: stored('a'), changed: stored('b'), unread: stored('c') })[key!] ?? ['', '0']
    store.subscribe!('seen', seen)
    store.subscribe!('changed', changed)
    store.subscribe!('unread', unread)
    store.subscribe!('empty', empty)
    await store.get('seen')
    const { eval: works } = client
    client.eval = async () => stored('a')
    await store.get('changed')
    client.eval = works
    await open(client)
    expect([seen, changed, unread, empty].map(({ mock }) => mock.calls.length)).toEqual([0, 1, 1, 0])
  })

  it('while the connection was away → the keys that are listened to are looked at, a few at a time, and changes are told', async () => {
    const { client, store } = setUp()
    const notices = Array.from({ length: 1_000 }, () => vi.fn())
    for (const [index, notice] of notices.entries()) store.subscribe!(`k${index}`, notice)
    await open(client)
    for (let index = 0; index < 1_000; index++) await store.get(`k${index}`)
    const asked: string[] = []
    let [running, most] = [0, 0]
    client.eval = async (_, { keys: [key] }) => {
      asked.push(key!)
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running--
      return key === 'k7' ? stored('new') : ['', '0']
    }
    client.listeners[0]!.handlers['error']!()
    await vi.advanceTimersByTimeAsync(250)
    await open(client)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked).toHaveLength(1_000)
    expect(most).toBe(16)
    expect(notices.filter(({ mock }) => mock.calls.length > 0)).toEqual([notices[7]])
    expect(notices[7]).toHaveBeenCalledTimes(1)
  })

  it('and is found by one that reads → the others that listen are told, once', async () => {
    const { client, store } = setUp()
    const notice = vi.fn()
    const stop = store.subscribe!('k', notice)
    client.script('read', stored('a'), stored('b'), stored('b'))
    await store.get('k')
    expect(notice).not.toHaveBeenCalled()
    await store.get('k')
    await store.get('k')
    expect(notice).toHaveBeenCalledTimes(1)
    stop()
  })

  it('and cannot be looked up → nothing is thrown, and nobody is told', async () => {
    const { client, store } = setUp()
    const notice = vi.fn()
    store.subscribe!('k', notice)
    client.script('read', new Error('LOADING'))
    await open(client)
    expect(notice).not.toHaveBeenCalled()
  })

  it('of keys that nobody listens to any more → is not remembered', async () => {
    const { client, store } = setUp()
    const [first, second] = [vi.fn(), vi.fn()]
    const keep = store.subscribe!('another', vi.fn())
    const stop = store.subscribe!('k', first)
    client.script('read', stored('a'), stored('b'))
    await store.get('k')
    stop()
    store.subscribe!('k', second)
    await store.get('k')
    expect(second).not.toHaveBeenCalled()
    keep()
  })
})
