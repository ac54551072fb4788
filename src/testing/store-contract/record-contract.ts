import type { TokenRecord } from '../../token/token-store.ts'
import { createContractRecord, expectThat, type StoreContractCase } from './contract-case.ts'

/** Names that a file system, a URL or a case-insensitive database could take for one another. */
const similarKeys = [
  'tokenwell:2:{"a":"b"}',
  'tokenwell:2:{"a":"B"}',
  'tokenwell:2:{"a":"b/"}',
  'tokenwell:2:{"a":"b/../b"}',
  'tokenwell:2:{"a":"b%2F"}',
  'tokenwell:2:{"a":"ü"}',
  'tokenwell:2:{"a":"u\u0308"}',
  '__proto__',
  'constructor',
  `tokenwell:2:${'long'.repeat(600)}1`,
  `tokenwell:2:${'long'.repeat(600)}2`,
]

/** What `get`, `set` and `delete` promise. */
export const recordContract: readonly StoreContractCase[] = [
  {
    name: 'a key that was never set is a miss',
    async run(createStores) {
      const [store] = await createStores()
      for (const key of similarKeys) expectThat((await store.get(key)) === undefined, `get(${key}) of an empty store is not undefined`)
    },
  },
  {
    name: 'a record that was set is returned as it was given',
    async run(createStores) {
      const [store] = await createStores()
      const record = {
        ...createContractRecord('k', 'a'),
        token: {
          ...createContractRecord('k', 'a').token,
          accessToken: 'a',
          tokenType: 'JWT',
          issuedAt: 1.5,
          expiresAt: 8.64e15,
          refreshToken: 'quote " backslash \\ line \n end \u2028 pair \u{1f511} nul \u0000',
          extra: { nested: { list: [1, null, true, ''], empty: {} } },
        },
        refusal: { code: 'refused', error: 'invalid_client', status: 401, until: 4_102_444_800_000, times: 3 },
      }
      await store.set('k', record)
      expectSame(await store.get('k'), record)
    },
  },
  {
    name: 'a tombstone, a record without a token, is kept like any other',
    async run(createStores) {
      const [store] = await createStores()
      const tombstone: TokenRecord = { version: 1, key: 'k', id: 'i', epoch: 'epoch-2' }
      await store.set('k', tombstone)
      expectSame(await store.get('k'), tombstone)
    },
  },
  {
    name: 'a later record replaces the one before',
    async run(createStores) {
      const [store] = await createStores()
      await store.set('k', createContractRecord('k', 'a'))
      await store.set('k', createContractRecord('k', 'b'))
      expectSame(await store.get('k'), createContractRecord('k', 'b'))
    },
  },
  {
    name: 'a deleted record is a miss, and deleting what is not there is no error',
    async run(createStores) {
      const [store] = await createStores()
      await store.delete('k')
      await store.set('k', createContractRecord('k', 'a'))
      await store.delete('k')
      expectThat((await store.get('k')) === undefined, 'a deleted record is still returned')
      await store.set('k', createContractRecord('k', 'b'))
      expectSame(await store.get('k'), createContractRecord('k', 'b'))
    },
  },
  {
    name: 'keys are kept apart, however similar',
    async run(createStores) {
      const [store] = await createStores()
      for (const key of similarKeys) await store.set(key, createContractRecord(key, 'a'))
      for (const key of similarKeys) expectSame(await store.get(key), createContractRecord(key, 'a'))
      await store.delete(similarKeys[0] as string)
      for (const key of similarKeys.slice(1)) expectSame(await store.get(key), createContractRecord(key, 'a'))
    },
  },
  {
    name: 'a hundred operations that begin together are all carried out',
    async run(createStores) {
      const [store] = await createStores()
      const keys = Array.from({ length: 100 }, (_, index) => `k${index}`)
      await Promise.all(keys.map((key) => store.set(key, createContractRecord(key, 'a'))))
      const records = await Promise.all(keys.map((key) => store.get(key)))
      expectSame(
        records,
        keys.map((key) => createContractRecord(key, 'a')),
      )
      await Promise.all(keys.map((key) => store.delete(key)))
      const left = (await Promise.all(keys.map((key) => store.get(key)))).filter((record) => record !== undefined)
      expectThat(left.length === 0, `${left.length} of 100 records that were deleted together are still returned`)
    },
  },
  {
    name: 'changes to a record that was given or returned do not change the stored one',
    async run(createStores) {
      const [store] = await createStores()
      const given = structuredClone(createContractRecord('k', 'a'))
      await store.set('k', given)
      tamper(given)
      const returned = await store.get('k')
      expectSame(returned, createContractRecord('k', 'a'))
      tamper(returned)
      expectSame(await store.get('k'), createContractRecord('k', 'a'))
    },
  },
  {
    name: 'what one context writes or deletes, the other one sees',
    async run(createStores) {
      const [one, other] = await createStores()
      await one.set('k', createContractRecord('k', 'a'))
      expectSame(await other.get('k'), createContractRecord('k', 'a'))
      await other.set('k', createContractRecord('k', 'b'))
      expectSame(await one.get('k'), createContractRecord('k', 'b'))
      await other.delete('k')
      expectThat((await one.get('k')) === undefined, 'a record that the other context deleted is still returned')
    },
  },
]

/** Compares plain data, whatever the order of keys. */
function expectSame(actual: unknown, expected: unknown): void {
  const [a, b] = [canonical(actual), canonical(expected)]
  expectThat(a === b, `expected ${b}, and got ${a}`)
}

function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

function tamper(record: TokenRecord | undefined): void {
  try {
    Object.assign(record?.token ?? {}, { accessToken: 'tampered' })
    Object.assign(record ?? {}, { id: 'tampered' })
  } catch {
    // Frozen: as good as a copy.
  }
}
