import { describe, expect, it } from 'vitest'
import { adoptable, type Held, isOfAnotherSignIn, isUnsaved, tokenToRenew } from '../../../src/token/held.ts'
import { createRecord, createTombstone, dropRefreshToken } from '../../../src/token/record.ts'
import { nothingStored, type StoredAnswer } from '../../../src/token/stored-answer.ts'
import { createToken } from '../../support/scripted-source.ts'

const key = 'tokenwell:2:test'
const hour = 3_600_000
const now = 10 * hour

const record = createRecord(key, 'e', createToken(now, { accessToken: 'stored', refreshToken: 'r-stored' }))
const live: StoredAnswer = { is: 'live', record }
const unknown: StoredAnswer = { is: 'unknown', error: undefined }
const heldRecord = createRecord(key, 'e', createToken(now, { accessToken: 'held', refreshToken: 'r-held' }))
const held = (over: Partial<Held> = {}): Held => ({
  token: heldRecord.token,
  record: heldRecord,
  written: 'saved',
  replaces: undefined,
  ...over,
})
const holdsHeld: StoredAnswer = { is: 'live', record: heldRecord }

describe('a stored token', () => {
  const rules = { now, window: {}, until: 'expiredAt' } as const

  it('that another context got → is adopted as it stands', () => {
    expect(adoptable(live, undefined, rules)).toMatchObject({ token: { accessToken: 'stored', issuedAt: now }, record, written: 'saved' })
    expect(adoptable(live, held(), rules)).toBeDefined()
  })

  it.each([
    ['nothing stored', nothingStored, undefined],
    ['nobody knows', unknown, undefined],
    ['the held one itself', holdsHeld, held()],
    ['the predecessor of a held one that could not be written', live, held({ written: 'refused', replaces: record.id })],
    ['the predecessor of a held one that was saved: reads lag', live, held({ replaces: record.id })],
    ['an expired one', { is: 'live', record: createRecord(key, 'e', createToken(now - hour)) } as StoredAnswer, undefined],
  ])('%s → nothing is adopted', (_, stored, holding) => {
    expect(adoptable(stored, holding, rules)).toBeUndefined()
  })

  it.each([
    ['1 s ahead: clocks differ', 1_000, { issuedAt: now + 1_000, expiresAt: now + 1_000 + hour }],
    ['a minute ahead: its life counts from now', 60_000, { issuedAt: now, expiresAt: now + hour }],
    ['five minutes ahead: still', 300_000, { issuedAt: now, expiresAt: now + hour }],
  ])('dated %s', (_, aheadMs, expected) => {
    const stored: StoredAnswer = { is: 'live', record: createRecord(key, 'e', createToken(now + aheadMs)) }
    expect(adoptable(stored, undefined, rules)?.token).toMatchObject(expected)
  })

  it('dated a day ahead → its access token is not believed, and its refresh token still presented', () => {
    const stored: StoredAnswer = { is: 'live', record: createRecord(key, 'e', createToken(now + 24 * hour, { refreshToken: 'r' })) }
    expect(adoptable(stored, undefined, rules)).toBeUndefined()
    expect(tokenToRenew(stored, undefined)?.refreshToken).toBe('r')
  })

  it('that would live for ever by its numbers → lives a year at most', () => {
    const stored: StoredAnswer = { is: 'live', record: { ...record, token: { ...record.token, expiresAt: 1e300 } } }
    expect(adoptable(stored, undefined, rules)?.token.expiresAt).toBe(now + 365 * 24 * hour)
  })
})

describe('a held token whose write failed', () => {
  it.each([
    ['refused, and its predecessor still stands', held({ written: 'refused', replaces: record.id }), live, true],
    ['refused, and nothing is there', held({ written: 'refused' }), nothingStored, true],
    ['refused, and another one is there', held({ written: 'refused', replaces: 'other' }), live, false],
    ['of unknown outcome, and its predecessor still stands', held({ written: 'unknown', replaces: record.id }), live, true],
    ['of unknown outcome, and nothing is there: it may have been flushed', held({ written: 'unknown' }), nothingStored, false],
    ['saved', held(), live, false],
    ['saved, and reads lag behind it', held({ replaces: record.id }), live, false],
    ['refused, and nobody knows', held({ written: 'refused' }), unknown, false],
  ])('%s → to be written: %s', (_, holding, stored, expected) => {
    expect(isUnsaved(holding, stored)).toBe(expected)
  })
})

describe('the token that a renewal presents', () => {
  it.each([
    ['none stored, none held', nothingStored, undefined, undefined],
    ['stored alone', live, undefined, 'r-stored'],
    ['stored by another context', live, held(), 'r-stored'],
    ['held, and it stands in the store', holdsHeld, held(), 'r-held'],
    [
      'held, and another context was refused its refresh token: that has gone from the record',
      { is: 'live', record: dropRefreshToken(heldRecord) },
      held(),
      undefined,
    ],
    ['held, newer than the stored one, which it could not replace', live, held({ written: 'refused', replaces: record.id }), 'r-held'],
    ['held, newer than the stored one, since reads lag', live, held({ replaces: record.id }), 'r-held'],
    ['held, and nobody knows what is stored', unknown, held(), 'r-held'],
    ['held, and its record has gone: another context may have used it', nothingStored, held(), undefined],
    ['held without a store', nothingStored, held({ record: undefined, written: 'refused' }), 'r-held'],
    ['a tombstone', { is: 'cleared', record: createTombstone(key, record, now) }, undefined, undefined],
  ] as [string, StoredAnswer, Held | undefined, string | undefined][])('%s', (_, stored, holding, expected) => {
    expect(tokenToRenew(stored, holding)?.refreshToken).toBe(expected)
  })
})

describe('a record of another epoch', () => {
  const other = createRecord(key, 'another', createToken(now))

  it.each([
    ['a token of another sign-in', { is: 'live', record: other } as StoredAnswer, held(), true],
    ['a tombstone', { is: 'cleared', record: createTombstone(key, record, now) } as StoredAnswer, held(), true],
    ['a token of the same sign-in', live, held(), false],
    ['nothing', nothingStored, held(), false],
    ['nobody knows', unknown, held(), false],
    ['no token is held', { is: 'live', record: other } as StoredAnswer, undefined, false],
    ['a token that lives without a store is held', { is: 'live', record: other } as StoredAnswer, held({ record: undefined }), false],
  ])('%s → ends the held sign-in: %s', (_, stored, holding, expected) => {
    expect(isOfAnotherSignIn(stored, holding)).toBe(expected)
  })
})
