import { describe, expect, it } from 'vitest'
import { createRecord, createTombstone, noteRefusal } from '../../../src/token/record.ts'
import { isLaterVersion, nothingStored, readStoredValue, recordOf, standingRefusal } from '../../../src/token/stored-answer.ts'
import { createToken } from '../../support/scripted-source.ts'

const key = 'tokenwell:2:test'
const live = createRecord(key, 'e', createToken(0))
const tombstone = createTombstone(key, live, 0)
const nested = (depth: number) => Array.from({ length: depth }).reduce<object>((inner) => ({ inner }), {})
const note = noteRefusal(key, undefined, { code: 'refused', until: 30_000, times: 1 })

describe('what a store returned for a key', () => {
  it.each([
    ['nothing', undefined, nothingStored],
    ['something foreign', { some: 'thing' }, nothingStored],
    ['a record of another key', { ...live, key: 'tokenwell:2:other' }, nothingStored],
    ['a record that does not hold together', { ...live, token: { accessToken: 7 } }, nothingStored],
    ['fields that are none', { ...live, token: { ...live.token, extra: null } }, nothingStored],
    ['an API that is no text', { ...live, token: { ...live.token, apiUrl: 5 } }, nothingStored],
    ['an end that is no number', { ...live, expiresAt: '5' }, nothingStored],
    ['a scope that holds something else', { ...live, token: { ...live.token, scope: [null] } }, nothingStored],
    ['a refusal that counts no times', { ...live, refusal: { code: 'refused', until: 5, times: 'abc' } }, nothingStored],
    ['fields nested without an end', { ...live, token: { ...live.token, extra: nested(20_000) } }, nothingStored],
    ['a token', live, { is: 'live', record: live }],
    ['a tombstone', tombstone, { is: 'cleared', record: tombstone }],
    ['a tombstone with a note of a refusal', noteRefusal(key, tombstone, { code: 'refused', until: 1, times: 1 }), { is: 'cleared' }],
    ['only a note of a refusal, which ended nothing', note, { is: 'nothing', record: note }],
    ['a record of a later version', { version: 9 }, { is: 'unknown', error: { code: 'later_version' } }],
  ])('%s → one answer', (_, value, expected) => {
    expect(readStoredValue(key, value)).toMatchObject(expected)
  })

  it('unknown → no record; of a later version → known as that, which waiting does not heal', () => {
    const later = readStoredValue(key, { version: 2 })
    expect(recordOf(later)).toBeUndefined()
    expect(isLaterVersion(later)).toBe(true)
    expect(isLaterVersion({ is: 'unknown', error: undefined })).toBe(false)
    expect(isLaterVersion(nothingStored)).toBe(false)
  })
})

describe('a refusal that is noted', () => {
  const stored = (refusal: unknown) => readStoredValue(key, { ...live, refusal })

  it.each([
    ['one that lasts', { code: 'refused', until: 10_000, times: 1 }, true],
    ['one that is over', { code: 'refused', until: 5_000, times: 1 }, false],
    ['one dated by a clock that was far ahead', { code: 'refused', until: 5_000 + 3_600_001, times: 1 }, false],
    ['something corrupt', 'refused', false],
    ['something without an end', { code: 'refused' }, false],
    ['none', undefined, false],
  ])('%s → counts: %s', (_, refusal, counts) => {
    expect(standingRefusal(stored(refusal), 5_000, undefined) !== undefined).toBe(counts)
  })
})
