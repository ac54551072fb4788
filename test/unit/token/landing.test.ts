import { describe, expect, it } from 'vitest'
import { addGranted, grantedBy, type Landing } from '../../../src/token/landing.ts'
import { createToken } from '../../support/scripted-source.ts'

const now = 10_000_000
const held = createToken(now, { accessToken: 'held' })
const granted = createToken(now, { accessToken: 'granted' })

describe('the tokens that end with a sign-out', () => {
  it.each<[string, typeof held, Landing | undefined, string[]]>([
    ['no flight', held, undefined, ['held']],
    ['a flight that was granted nothing', held, { is: 'cleared' }, ['held']],
    ['a flight that failed', held, { is: 'failed', error: new Error('away') }, ['held']],
    ['a flight that was granted another token', held, { is: 'cleared', granted }, ['held', 'granted']],
    ['a flight that was granted the same token', held, { is: 'cleared', granted: held }, ['held']],
    ['a flight that renewed one whose time is over', createToken(now - 3_600_000), { is: 'cleared', granted }, ['granted']],
    ['a flight that renewed one without an end', { ...held, expiresAt: undefined }, { is: 'cleared', granted }, ['held', 'granted']],
  ])('%s → each of them once, and none that has expired', (_, before, landing, expected) => {
    expect(addGranted([before], landing, now).map(({ accessToken }) => accessToken)).toEqual(expected)
  })
})

describe('what a renewal was granted', () => {
  const one = { token: granted, record: undefined, written: 'saved', replaces: undefined } as const

  it.each([
    ['it is held', { is: 'renewed', held: one, how: 'password' }, granted],
    ['it was cleared meanwhile', { is: 'cleared', granted }, granted],
    ['it was cleared before', { is: 'cleared' }, undefined],
    ['it is another context’s', { is: 'adopted', held: one }, undefined],
    ['it failed', { is: 'failed' }, undefined],
  ] as const)('%s', (_, result, expected) => {
    expect(grantedBy(result)).toBe(expected)
  })
})
