import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'
import { createContractRecord } from '../../../../src/testing/store-contract/contract-case.ts'
import type { TokenRecord } from '../../../../src/token/token-store.ts'
import { errorOf, FakeRedisClient } from '../../../support/redis-fake-client.ts'

const record = createContractRecord('k', 'access-secret')

function setUp(prefix?: string) {
  const client = new FakeRedisClient()
  return { client, store: redisStore(client, prefix === undefined ? {} : { prefix }) }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the names in Redis', () => {
  it('with a prefix → all begin with it, the lock has a name of its own, and there is one channel for all keys', async () => {
    const { client, store } = setUp('app:')
    const key = 'tokenwell:2:{"provider":"x"}'
    await store.get(key)
    await store.set(key, record)
    await store.delete(key)
    await store.lock!(key, async () => {}, { waitMs: 100 })
    const [name, lease] = [`app:${key}`, `app:${key}:lock`]
    expect(client.sent.map(({ keys }) => keys)).toEqual([[name, lease], [name, lease], [name, lease], [lease], [lease]])
    const [, written, deleted] = client.sent
    expect([written!.arguments[3], deleted!.arguments[3]]).toEqual(['app:tokenwell:2:changed', 'app:tokenwell:2:changed'])
  })

  it.each([
    ['braces, as the keys of managers have', 'p:{"a":1}', 'p:{"a":1}:lock'],
    ['no braces', 'k', '{k}:lock'],
    ['a brace that is not closed', 'a{b', '{a{b}:lock'],
  ])('a key with %s → record and lock are in one slot of a cluster', async (_, key, lease) => {
    const { client, store } = setUp()
    await store.get(key)
    expect(client.sent[0]!.keys).toEqual([key, lease])
  })
})

describe('a record', () => {
  it.each<[string, TokenRecord, number, string]>([
    ['with an end → lives until then', { ...record, expiresAt: 61_000.5 }, 1_000, '60001'],
    ['whose end is over → lives for the shortest time', { ...record, expiresAt: 500 }, 1_000, '1'],
    ['whose end is further than Redis can count → lives as long as it can', { ...record, expiresAt: 1e300 }, 1_000, '1000000000000000'],
    ['without an end → has none', { version: 1, key: 'k', id: 'i', epoch: 'e' }, 1_000, ''],
  ])('%s', async (_, given, now, livesMs) => {
    vi.setSystemTime(now)
    const { client, store } = setUp()
    await store.set('k', given)
    expect(client.sent[0]!.arguments[0]).toBe('1')
    expect(client.sent[0]!.arguments.slice(5)).toEqual([JSON.stringify(given), livesMs])
  })

  it('of a client that gives bytes → is read all the same', async () => {
    const { client, store } = setUp()
    const bytes = (text: string) => new TextEncoder().encode(text)
    client.script('read', [bytes(JSON.stringify(record)), bytes('1')])
    expect(await store.get('k')).toEqual(record)
    client.script('acquire', ({ arguments: [text] }: { arguments: string[] }) => bytes(text!))
    expect(await store.lock!('k', async () => 'ran', { waitMs: 100 })).toBe('ran')
  })

  it('nothing under its key → a miss', async () => {
    const { client, store } = setUp()
    expect(await store.get('k')).toBeUndefined()
    expect(client.namesSent()).toEqual(['read'])
  })

  it.each([
    ['no JSON', 'refresh-secret {'],
    ['JSON that is no object', 'null'],
    ['a list', '[{"version":2}]'],
    ['another type of Redis', '!'],
  ])('%s under its key → a miss, which is given an end', async (_, text) => {
    const { client, store } = setUp()
    client.script('read', [text, '0'])
    expect(await store.get('k')).toBeUndefined()
    expect(client.namesSent()).toEqual(['read', 'end'])
    expect(client.sent[1]).toMatchObject({ keys: ['k'], arguments: [text, '86400000'] })
  })

  it.each([
    ['newer', 'later_version', /later version.*update tokenwell/],
    ['lost', 'store_failed', /lock was lost/],
  ])('that Redis answers with %s → is neither written nor deleted, and the error says why', async (answer, code, message) => {
    const { client, store } = setUp()
    client.script('write', answer)
    client.script('delete', answer)
    for (const operation of [store.set('k', record), store.delete('k')]) {
      const error = await errorOf(operation)
      expect(error).toMatchObject({ name: 'TokenStoreError', code, message: expect.stringMatching(message) })
    }
  })
})

describe('an error of Redis', () => {
  it.each([
    ['READONLY', "READONLY You can't write against a read only replica.", /connect to the primary/],
    ['OOM', "OOM command not allowed when used memory > 'maxmemory'.", /memory is full/],
    ['NOAUTH', 'NOAUTH Authentication required.', /password/],
    ['MOVED', 'MOVED 3999 127.0.0.1:6381', /client for clusters/],
    ['text with the token', "ERR unknown command 'eval', with args beginning with: 'access-secret'", /not carried out/],
    ['a code that Redis does not have', 'constructor access-secret', /not carried out/],
  ])('%s → an error that says what to do, and repeats nothing of what was sent', async (_, text, message) => {
    const { client, store } = setUp()
    client.script('write', new Error(text))
    const error = await errorOf(store.set('k', record))
    expect(error).toMatchObject({ name: 'TokenStoreError', code: 'store_failed', message: expect.stringMatching(message) })
    expect(`${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain('access-secret')
  })

  it('once → the next operation is sent nevertheless', async () => {
    const { client, store } = setUp()
    client.script('write', new Error('OOM'))
    await errorOf(store.set('k', record))
    expect(await store.get('k')).toBeUndefined()
  })
})

describe('options', () => {
  it.each<[string, object, RegExp]>([
    ['a name that is unknown', { prefx: 'app:' }, /prefx.*did you mean prefix/],
    ['a prefix that is no string', { prefix: 7 }, /prefix.*must be a string/],
  ])('%s → ConfigurationError', (_, options, message) => {
    expect(() => redisStore(new FakeRedisClient(), options as never)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', message: expect.stringMatching(message) }),
    )
  })

  it('an explicit undefined → counts as left out', () => {
    expect(() => redisStore(new FakeRedisClient(), { prefix: undefined })).not.toThrow()
  })
})
