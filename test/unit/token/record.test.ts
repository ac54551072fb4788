import { describe, expect, it } from 'vitest'
import { createRecord, parseRecord } from '../../../src/token/record.ts'
import { createToken } from '../../support/scripted-source.ts'

const key = 'tokenwell:1:test'

describe('createRecord', () => {
  it('each record → has an id of its own, and the epoch that it was given', () => {
    const records = Array.from({ length: 100 }, () => createRecord(key, 'epoch', createToken(0)))
    expect(new Set(records.map(({ id }) => id)).size).toBe(100)
    expect(records[0]).toMatchObject({ version: 1, key, epoch: 'epoch', token: createToken(0) })
    expect(records[0]?.id).toMatch(/^[0-9a-f]{32}$/)
  })

  it.each([
    ['a token alone', createToken(0), 3_600_000],
    ['a refresh token of known life', createToken(0, { refreshToken: 'r', refreshableUntil: 9_000_000 }), 9_000_000],
    ['a refresh token of unknown life', createToken(0, { refreshToken: 'r' }), undefined],
    ['an access token that renews itself', createToken(0, { refreshableUntil: 86_400_000 }), 86_400_000],
    ['a token that never expires', { ...createToken(0), expiresAt: undefined }, undefined],
    ['a tombstone', undefined, undefined],
  ])('%s → says until when it is of use', (_, token, expected) => {
    expect(createRecord(key, '', token).expiresAt).toBe(expected)
  })
})

describe('parseRecord', () => {
  const record = createRecord(key, 'e', createToken(0, { refreshToken: 'r', scope: ['a'] }))

  it('a record of ours, also after JSON → itself', () => {
    expect(parseRecord(record, key)).toBe(record)
    const copy = JSON.parse(JSON.stringify(record)) as unknown
    expect(parseRecord(copy, key)).toEqual(record)
    expect(parseRecord(createRecord(key, 'e'), key)).toBeDefined()
  })

  it('a token that never expires, after JSON → still one', () => {
    const forever = createRecord(key, 'e', { ...createToken(0), expiresAt: undefined })
    expect(parseRecord(JSON.parse(JSON.stringify(forever)), key)).toMatchObject({ token: { accessToken: 'token' } })
  })

  it('a record of a later version → is known as that, whatever else it holds', () => {
    expect(parseRecord({ version: 2 }, key)).toBe('newer')
    expect(parseRecord({ ...record, version: 7 }, key)).toBe('newer')
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
    { ...record, key: 'tokenwell:1:other' },
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
  ])('what is corrupt or foreign (%#) → a miss', (value) => {
    expect(parseRecord(value, key)).toBeUndefined()
  })
})
