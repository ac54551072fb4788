import { describe, expect, it } from 'vitest'
import {
  createRecord,
  createSignInEpoch,
  createTombstone,
  dropRefreshToken,
  hasSameSignOut,
  isRecordOf,
  laterVersionOf,
  noteRefusal,
} from '../../../src/token/record.ts'
import { createToken } from '../../support/scripted-source.ts'

const key = 'tokenwell:2:test'
const hour = 3_600_000
const day = 24 * hour

describe('createRecord', () => {
  it('each record → has an id of its own, and the epoch that it was given', () => {
    const records = Array.from({ length: 100 }, () => createRecord(key, 'epoch', createToken(0)))
    expect(new Set(records.map(({ id }) => id)).size).toBe(100)
    expect(records[0]).toMatchObject({ version: 1, key, epoch: 'epoch', token: createToken(0) })
    expect(records[0]?.id).toMatch(/^[0-9a-f]{32}$/)
  })

  it.each([
    ['a token alone: a day more than the token', createToken(0), hour + day],
    ['a refresh token of known life', createToken(0, { refreshToken: 'r', refreshableUntil: 9_000_000 }), 9_000_000],
    ['a refresh token of unknown life: 180 days', createToken(0, { refreshToken: 'r' }), 180 * day],
    ['an access token that renews itself', createToken(0, { refreshableUntil: 2 * day }), 2 * day],
    ['a token that never expires', { ...createToken(0), expiresAt: undefined }, undefined],
  ])('%s → says until when it is of use', (_, token, expected) => {
    expect(createRecord(key, '', token).expiresAt).toBe(expected)
  })
})

describe('createSignInEpoch', () => {
  const { epoch: signedOut } = createTombstone(key, undefined, 0)
  const first = createSignInEpoch(signedOut)

  it.each([
    ['a sign-in after it', first, signedOut, true],
    ['two sign-ins after one sign-out', createSignInEpoch(signedOut), first, true],
    ['a sign-in in the place of another one', createSignInEpoch(first), first, true],
    ['two sign-ins after none', createSignInEpoch(''), createSignInEpoch(''), true],
    ['sign-ins after two sign-outs', createSignInEpoch(createTombstone(key, undefined, 0).epoch), first, false],
    ['the next sign-out', createTombstone(key, undefined, 0).epoch, first, false],
    ['a sign-in after none', createSignInEpoch(''), first, false],
  ])('%s → another epoch, and the same sign-out or not', (_, epoch, other, expected) => {
    expect(epoch).not.toBe(other)
    expect(hasSameSignOut(epoch, other)).toBe(expected)
  })

  it('many sign-ins, each in the place of the one before → no longer than the first', () => {
    let epoch = first
    for (let times = 0; times < 20; times++) epoch = createSignInEpoch(epoch)
    expect(epoch).toHaveLength(first.length)
  })
})

describe('createTombstone', () => {
  it.each([
    ['nothing', undefined, 600_000],
    ['a token that lapses soon', createRecord(key, 'e', createToken(-hour, { refreshToken: 'r', refreshableUntil: 1_000 })), 600_000],
    ['a token that can be renewed for long', createRecord(key, 'e', createToken(0, { refreshToken: 'r' })), 180 * day],
    ['a token that never expires', createRecord(key, 'e', { ...createToken(0), expiresAt: undefined }), 180 * day],
  ])('of %s → lasts as long as that could, ten minutes at least', (_, ended, expected) => {
    const tombstone = createTombstone(key, ended, 0)
    expect(tombstone.expiresAt).toBe(expected)
    expect(tombstone.token).toBeUndefined()
    expect(tombstone.epoch).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('noteRefusal', () => {
  const refusal = { code: 'refused', until: 30_000, times: 1 }

  it('on a record → is added to it, under its own id', () => {
    const record = createRecord(key, 'e', createToken(0))
    expect(noteRefusal(key, record, refusal)).toEqual({ ...record, refusal })
  })

  it('on nothing → a record of its own that outlasts it, and ends nothing', () => {
    expect(noteRefusal(key, undefined, refusal)).toMatchObject({ key, epoch: '', refusal, expiresAt: 930_000 })
  })
})

it('a record that loses its refresh token → keeps its id and all else', () => {
  const record = createRecord(key, 'e', createToken(0, { refreshToken: 'r', scope: ['a'] }))
  const { refreshToken: _, ...token } = record.token
  expect(dropRefreshToken(record)).toEqual({ ...record, token })
})

describe('isRecordOf', () => {
  const record = createRecord(key, 'e', createToken(0, { refreshToken: 'r', scope: ['a'] }))

  it('a record of ours, also after JSON → is one', () => {
    expect(isRecordOf(key, record)).toBe(true)
    const copy = JSON.parse(JSON.stringify(record)) as unknown
    expect(isRecordOf(key, copy)).toBe(true)
    expect(isRecordOf(key, createRecord(key, 'e'))).toBe(true)
  })

  it('a token that never expires, after JSON → still one', () => {
    const forever = createRecord(key, 'e', { ...createToken(0), expiresAt: undefined })
    expect(isRecordOf(key, JSON.parse(JSON.stringify(forever)))).toBe(true)
  })

  it('a record of a later version → is known as that, whatever else it holds', () => {
    expect(laterVersionOf({ version: 2 })).toBe(2)
    expect(laterVersionOf({ ...record, version: 7 })).toBe(7)
    expect(laterVersionOf(record)).toBeUndefined()
  })

  const token = record.token
  it.each([
    undefined,
    null,
    0,
    'text',
    [],
    {},
    { ...record, version: 0 },
    { ...record, version: '1' },
    { ...record, key: 'tokenwell:2:other' },
    { ...record, id: 7 },
    { ...record, epoch: undefined },
    { ...record, token: 'token' },
    { ...record, token: null },
    { ...record, token: { ...token, accessToken: 'a\r\nX-Evil: 1' } },
    { ...record, token: { ...token, accessToken: undefined } },
    { ...record, token: { ...token, tokenType: 1 } },
    { ...record, token: { ...token, issuedAt: 'now' } },
    { ...record, token: { ...token, issuedAt: Number.NaN } },
    { ...record, token: { ...token, expiresAt: null } },
    { ...record, token: { ...token, expiresAt: '3600' } },
    { ...record, token: { ...token, refreshToken: 5 } },
    { ...record, token: { ...token, refreshableUntil: 'later' } },
    { ...record, token: { ...token, scope: 'a b' } },
  ])('what is corrupt or foreign (%#) → is none', (value) => {
    expect(isRecordOf(key, value)).toBe(false)
  })
})
