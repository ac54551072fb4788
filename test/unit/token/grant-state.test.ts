import { describe, expect, it } from 'vitest'
import { TokenEndpointError } from '../../../src/base/errors.ts'
import { GrantState } from '../../../src/token/grant-state.ts'
import type { TokenSource } from '../../../src/token/token-source.ts'
import { createScriptedSource, createToken } from '../../support/scripted-source.ts'

const now = () => 0
const create = (grant: TokenSource['grant'], by: 'refresh_token' | 'access_token' = 'refresh_token') =>
  new GrantState(createScriptedSource({ grant, by, now }))
const refusal = new TokenEndpointError('refused', 'no', { error: 'invalid_grant' })
const token = createToken(0, { accessToken: 'a', refreshToken: 'r' })

describe('asking with the grant', () => {
  it.each([
    ['reusable', true, true, true],
    ['one-time', true, false, false],
    ['refresh-token', true, false, false],
    ['absent', false, false, false],
  ] as const)('%s → at first %s, once granted %s, once refused by a word %s', (grant, first, granted, refused) => {
    const state = create(grant)
    expect(state.canAsk).toBe(first)
    state.noteGranted('ask')
    expect(state.canAsk).toBe(granted)
    const other = create(grant)
    other.noteRefused('ask', undefined, refusal)
    expect(other.canAsk).toBe(refused)
  })

  it('untouched → only a grant that can be asked again, until something of it is refused by a word', () => {
    const [reusable, ...others] = [create('reusable'), create('one-time'), create('refresh-token'), create('absent')]
    reusable.noteSent()
    expect([reusable, ...others].map((state) => state.isUntouched)).toEqual([true, false, false, false])
    reusable.noteRefused('present', 'r', refusal)
    expect(reusable.isUntouched).toBe(false)
    reusable.noteGranted('ask')
    expect(reusable.isUntouched).toBe(false)
    reusable.reset()
    expect(reusable.isUntouched).toBe(true)
    reusable.noteRefused('ask', undefined, refusal)
    expect(reusable.isUntouched).toBe(false)
  })

  it('a refresh token of the caller’s → has done its duty once it has a successor', () => {
    const state = create('refresh-token')
    state.noteSuccessor()
    expect(state.canAsk).toBe(false)
    const reusable = create('reusable')
    reusable.noteSuccessor()
    expect(reusable.canAsk).toBe(true)
  })

  it('cleared → may be asked with again, but for a code that was used', () => {
    const [code, refreshToken] = [create('one-time'), create('refresh-token')]
    for (const state of [code, refreshToken]) {
      state.noteGranted('ask')
      state.reset()
    }
    expect([code.canAsk, refreshToken.canAsk]).toEqual([false, true])
  })

  it('cleared after a code was sent, whatever became of it → it is not sent again; one that was not sent still is', () => {
    const [sent, unsent] = [create('one-time'), create('one-time')]
    sent.noteSent()
    expect([sent.canAsk, sent.isNewSignIn]).toEqual([true, true])
    for (const state of [sent, unsent]) state.reset()
    expect([sent.canAsk, sent.isNewSignIn, unsent.canAsk, unsent.isNewSignIn]).toEqual([false, false, true, true])
  })

  it('cleared after credentials or a refresh token of the caller’s were sent → may be asked with again', () => {
    for (const state of [create('reusable'), create('refresh-token')]) {
      state.noteSent()
      state.reset()
      expect(state.canAsk).toBe(true)
    }
  })

  it('only a code that was not used → is a new sign-in', () => {
    const code = create('one-time')
    expect(code.isNewSignIn).toBe(true)
    code.noteGranted('ask')
    expect(code.isNewSignIn).toBe(false)
    expect(create('reusable').isNewSignIn).toBe(false)
    expect(create('absent').isNewSignIn).toBe(false)
  })
})

describe('presenting what the server gave', () => {
  it.each(['refresh_token', 'access_token'] as const)('%s refused by a word → is not offered again until clear()', (by) => {
    const state = create('reusable', by)
    expect(state.offerOf(token, 0)).toBe(by)
    state.noteRefused('present', by === 'refresh_token' ? 'r' : 'a', refusal)
    expect(state.offerOf(token, 0)).toBeUndefined()
    expect(state.offerOf(createToken(0, { accessToken: 'b', refreshToken: 's' }), 0)).toBe(by)
    state.reset()
    expect(state.offerOf(token, 0)).toBe(by)
  })

  it('no token → nothing to offer', () => {
    expect(create('reusable').offerOf(undefined, 0)).toBeUndefined()
  })
})

it.each([
  ['reusable', token, 'present'],
  ['reusable', undefined, 'ask'],
  ['one-time', token, 'ask'],
  ['refresh-token', undefined, 'ask'],
  ['absent', token, 'present'],
  ['absent', undefined, undefined],
] as const)('the probable way of a grant that is %s → by what is there', (grant, from, expected) => {
  expect(create(grant).probableWay(from, 0)).toBe(expected)
})

it('the last refusal by a word → is kept as the reason, until something is granted', () => {
  const state = create('absent')
  state.noteRefused('present', 'r', refusal)
  expect(state.refusal).toBe(refusal)
  state.noteGranted('present')
  expect(state.refusal).toBeUndefined()
})
