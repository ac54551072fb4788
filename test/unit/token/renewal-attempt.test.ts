import { describe, expect, it, vi } from 'vitest'
import { SignInRequiredError, TokenEndpointError, TokenNetworkError, TokenStoreError } from '../../../src/base/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { FailureMemory } from '../../../src/token/failure-memory.ts'
import { GrantState } from '../../../src/token/grant-state.ts'
import { GuardedStore } from '../../../src/token/guarded-store.ts'
import type { Held } from '../../../src/token/held.ts'
import { createRecord, createSignInEpoch, createTombstone, type LiveRecord, noteRefusal } from '../../../src/token/record.ts'
import { RenewalAttempt } from '../../../src/token/renewal-attempt.ts'
import type { RenewalRequest } from '../../../src/token/renewal-request.ts'
import { nothingStored, type StoredAnswer } from '../../../src/token/stored-answer.ts'
import type { TokenSource } from '../../../src/token/token-source.ts'
import type { TokenRecord, TokenStore } from '../../../src/token/token-store.ts'
import { type Asked, createScriptedSource, createToken } from '../../support/scripted-source.ts'

const key = 'tokenwell:2:test'
const hour = 3_600_000
const now = 100 * hour
const expired = (accessToken: string, refreshToken?: string) =>
  createToken(now - 2 * hour, { accessToken, ...(refreshToken && { refreshToken }) })
const refused = (error = 'invalid_grant') => new TokenEndpointError('refused', 'no', { error })
const wordless = () => new TokenEndpointError('refused', 'no')
const outage = () => new TokenNetworkError('network_failed', 'away')

interface Setup {
  grant?: TokenSource['grant']
  by?: 'refresh_token' | 'access_token'
  /** A record in the store; `'fails'` where it cannot be read. */
  stored?: TokenRecord | 'fails'
  held?: Partial<Held> & { record?: LiveRecord }
  /** What the store held before there was the lock. */
  seen?: StoredAnswer
  isLocked?: boolean
  isRejected?: boolean
  mayPostpone?: boolean
  answers?: (asked: Asked) => ReturnType<typeof createToken> | Error
  /** Whether the grant has already been used. */
  isSpent?: boolean
  overStore?: Partial<TokenStore>
  /** The epoch that was last known. */
  epoch?: () => string
  /** Whether the token is still wanted. */
  isWanted?: () => boolean
}

/** One attempt over a real memory store. */
async function attempt(setup: Setup) {
  const { grant = 'reusable', by = 'refresh_token', stored, isLocked = true, isRejected = false, mayPostpone = false } = setup
  const inner = memoryStore()
  if (stored && stored !== 'fails') await inner.set(key, stored)
  const fails = async (): Promise<never> => {
    throw new Error('away')
  }
  const raw: TokenStore = {
    get: stored === 'fails' ? fails : (name) => inner.get(name),
    set: (name, record) => inner.set(name, record),
    delete: (name) => inner.delete(name),
    ...setup.overStore,
  }
  const store = new GuardedStore(raw, key, { onDegraded: vi.fn() })
  const source = createScriptedSource({ grant, by, now: () => now })
  source.answer = setup.answers ?? (() => createToken(now, { accessToken: 'new', refreshToken: 'r-new' }))
  const state = new GrantState(source)
  if (setup.isSpent) state.noteGranted('ask')
  const memory = new FailureMemory()
  const token = setup.held?.token ?? setup.held?.record?.token
  const held: Held | undefined = token && { record: undefined, written: 'saved', replaces: undefined, ...setup.held, token }
  const request: RenewalRequest = {
    held,
    isRejected,
    isWanted: setup.isWanted ?? (() => true),
    mayPostpone: () => mayPostpone,
    remember: (error, times) => memory.remember(error, now, times),
    signal: new AbortController().signal,
  }
  const parts = { source, onTokenRequest: () => {}, window: {}, now: () => now }
  const options = {
    request,
    store,
    grant: state,
    seen: setup.seen ?? nothingStored,
    epoch: setup.epoch ?? (() => ''),
    read: () => store.read(),
    isLocked,
    clearing: () => undefined,
    prepared: undefined,
  }
  const result = await new RenewalAttempt(parts, options).run().catch((error: unknown) => error)
  return { result, asked: source.asked, left: await inner.get(key) }
}

const heldRecord = createRecord(key, 'e', expired('a', 'r'))
const holding = { record: heldRecord }
const stale = createRecord(key, 'e', expired('b', 's'))

describe('which way a renewal goes', () => {
  it.each<[string, Setup, Asked[], object | typeof SignInRequiredError | typeof TokenStoreError]>([
    ['nothing anywhere, credentials', {}, ['grant'], { is: 'renewed', how: 'client_credentials' }],
    [
      'a refresh token that is held and stored',
      { held: holding, stored: heldRecord },
      ['refresh r'],
      { is: 'renewed', how: 'refresh_token' },
    ],
    ['another context’s refresh token', { held: holding, stored: stale }, ['refresh s'], { is: 'renewed' }],
    ['another context’s fresh token', { held: holding, stored: createRecord(key, 'e', createToken(now)) }, [], { is: 'adopted' }],
    ['another sign-in’s record', { held: holding, stored: createRecord(key, 'x', expired('b', 's')) }, [], { is: 'cleared' }],
    ['a tombstone', { held: holding, stored: createTombstone(key, heldRecord, now) }, [], { is: 'cleared' }],
    // Nothing held, but the call was made while that one was signed in.
    [
      'another sign-in’s record than before the lock',
      { seen: { is: 'live', record: heldRecord }, stored: createRecord(key, 'x', expired('b', 's')) },
      [],
      { is: 'cleared' },
    ],
    [
      'a tombstone before the lock, and somebody’s sign-in since',
      { seen: { is: 'cleared', record: createTombstone(key, undefined, now) }, stored: createRecord(key, 'x', createToken(now)) },
      [],
      { is: 'cleared' },
    ],
    ['a tombstone, and nothing held', { stored: createTombstone(key, heldRecord, now) }, ['grant'], { is: 'renewed' }],
    // A refresh token whose record has gone may have been used by somebody since.
    ['a held refresh token whose record has gone, credentials', { held: holding }, ['grant'], { is: 'renewed' }],
    [
      'a held refresh token whose record has gone, a person’s',
      { held: holding, grant: 'one-time', isSpent: true },
      [],
      SignInRequiredError,
    ],
    ['a held token that could not be written', { held: { ...holding, written: 'refused' } }, ['refresh r'], { is: 'renewed' }],
    // Nobody knows is not none.
    ['no answer of the store, credentials', { held: holding, stored: 'fails' }, ['grant'], { is: 'renewed' }],
    [
      'no answer of the store, a person’s refresh token',
      { held: holding, stored: 'fails', grant: 'one-time', isSpent: true },
      [],
      TokenStoreError,
    ],
    ['no answer of the store, nothing held', { stored: 'fails', grant: 'absent' }, [], TokenStoreError],
    ['no answer of the store, a code that was used', { stored: 'fails', grant: 'one-time', isSpent: true }, [], TokenStoreError],
    ['no answer of the store, the caller’s refresh token', { stored: 'fails', grant: 'refresh-token' }, [], TokenStoreError],
    ['no answer of the store, a new code', { stored: 'fails', grant: 'one-time' }, ['grant'], { is: 'renewed' }],
    [
      'no answer of the store, a token that nobody else has seen',
      { held: { ...holding, written: 'refused' }, stored: 'fails', grant: 'one-time', isSpent: true },
      ['refresh r'],
      { is: 'renewed' },
    ],
    // Without the lock.
    ['no lock, credentials', { isLocked: false }, ['grant'], { is: 'renewed' }],
    [
      'no lock, credentials and a shared refresh token',
      { isLocked: false, held: holding, stored: heldRecord },
      ['grant'],
      { is: 'renewed' },
    ],
    [
      'no lock, a person’s shared refresh token',
      { isLocked: false, held: holding, stored: heldRecord, grant: 'one-time', isSpent: true },
      [],
      TokenStoreError,
    ],
    ['no lock, the caller’s refresh token', { isLocked: false, grant: 'refresh-token' }, [], TokenStoreError],
    ['no lock, a new code', { isLocked: false, grant: 'one-time' }, ['grant'], { is: 'renewed' }],
    [
      'no lock, a token that nobody else has seen',
      { isLocked: false, held: { ...holding, written: 'refused' }, grant: 'one-time', isSpent: true },
      ['refresh r'],
      { is: 'renewed' },
    ],
    [
      'no lock, an access token that renews itself',
      { isLocked: false, by: 'access_token', held: holding, stored: heldRecord },
      ['access a'],
      { is: 'renewed', how: 'access_token' },
    ],
    // Nobody waits.
    [
      'no lock, nobody waits',
      { isLocked: false, held: holding, stored: heldRecord, mayPostpone: true },
      [],
      { is: 'postponed', code: 'lock_not_acquired' },
    ],
    ['no answer, nobody waits', { held: holding, stored: 'fails', mayPostpone: true }, [], { is: 'postponed', code: 'store_failed' }],
    ['lock and answer, nobody waits', { held: holding, stored: heldRecord, mayPostpone: true }, ['refresh r'], { is: 'renewed' }],
    // A person.
    ['nobody has signed in', { grant: 'absent' }, [], SignInRequiredError],
    ['a new code beside an older sign-in', { grant: 'one-time', stored: stale }, ['grant'], { is: 'renewed' }],
    ['a used code beside a stored sign-in', { grant: 'one-time', isSpent: true, stored: stale }, ['refresh s'], { is: 'renewed' }],
    ['the caller’s refresh token', { grant: 'refresh-token' }, ['grant'], { is: 'renewed' }],
    ['the caller’s refresh token beside its successor', { grant: 'refresh-token', stored: stale }, ['refresh s'], { is: 'renewed' }],
    [
      'a refusal that another context has noted',
      { stored: noteRefusal(key, undefined, { code: 'refused', until: now + 1, times: 1 }) },
      [],
      { is: 'refused-before' },
    ],
    [
      'a refusal that was noted and is over',
      { stored: noteRefusal(key, undefined, { code: 'refused', until: now, times: 1 }) },
      ['grant'],
      { is: 'renewed' },
    ],
    [
      'a record of a later version, credentials, nobody waits',
      { stored: { ...stale, version: 2 } as never, mayPostpone: true },
      ['grant'],
      { is: 'renewed' },
    ],
    ['a record of a later version, a person', { stored: { ...stale, version: 2 } as never, grant: 'absent' }, [], TokenStoreError],
  ])('%s', async (_, setup, expected, outcome) => {
    const { result, asked } = await attempt(setup)
    expect(asked).toEqual(expected)
    if (typeof outcome === 'function') expect(result).toBeInstanceOf(outcome)
    else expect(result).toMatchObject(outcome)
  })
})

describe('after a refusal', () => {
  const sayNo = (error: () => Error) => (asked: Asked) => (asked === 'grant' ? createToken(now) : error())

  it.each(['invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope', 'interaction_required', 'access_denied'])(
    'of a refresh token by %s, credentials → asks with them',
    async (word) => {
      const { asked } = await attempt({ held: holding, stored: heldRecord, answers: sayNo(() => refused(word)) })
      expect(asked).toEqual(['refresh r', 'grant'])
    },
  )

  it.each(['invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'interaction_required', 'login_required', 'access_denied'])(
    'of a refresh token by %s, a person’s → a sign-in is required, and says why',
    async (word) => {
      const setup = { grant: 'one-time', isSpent: true, held: holding, stored: heldRecord } as const
      const { result, asked } = await attempt({ ...setup, answers: sayNo(() => refused(word)) })
      expect(asked).toEqual(['refresh r'])
      expect(result).toBeInstanceOf(SignInRequiredError)
      expect(result).toMatchObject({ retryable: false, cause: { error: word } })
    },
  )

  it.each([
    ['invalid_client', 'reusable'],
    ['invalid_client', 'one-time'],
    ['invalid_scope', 'one-time'],
  ] as const)('of the client or its scope (%s, %s) → that error: nothing else would help', async (word, grant) => {
    const { result, asked } = await attempt({ grant, isSpent: true, held: holding, stored: heldRecord, answers: () => refused(word) })
    expect(asked).toEqual(['refresh r'])
    expect(result).toMatchObject({ code: 'refused', error: word })
  })

  it('by the word invalid_grant → the record loses its refresh token, and keeps its id', async () => {
    const { left } = await attempt({ grant: 'absent', stored: stale, answers: () => refused() })
    expect(left).toMatchObject({ id: stale.id, token: { accessToken: 'b' } })
    expect(left?.token?.refreshToken).toBeUndefined()
  })

  it.each([['another word', () => refused('unauthorized_client')]])('by %s → the refresh token stays', async (_, create) => {
    const { left } = await attempt({ grant: 'absent', stored: stale, answers: create })
    expect(left?.token?.refreshToken).toBe('s')
  })

  it('without a word → the refresh token stays, the sign-in is required only for a while, and that is noted in the store', async () => {
    const { result, left } = await attempt({ grant: 'absent', stored: stale, answers: wordless })
    expect(result).toMatchObject({ code: 'sign_in_required', retryable: true, retryAt: now + 30_000 })
    expect(left).toMatchObject({ id: stale.id, token: { refreshToken: 's' }, refusal: { until: now + 30_000, times: 1 } })
  })

  it('of the credentials → the error, with a note in the store that counts on from the last one', async () => {
    const first = await attempt({ answers: () => refused('invalid_client') })
    expect(first.result).toMatchObject({ code: 'refused', error: 'invalid_client', retryAt: now + 30_000 })
    expect(first.left?.refusal).toEqual({ code: 'refused', error: 'invalid_client', until: now + 30_000, times: 1 })
    expect(first.left?.token).toBeUndefined()
    const over = noteRefusal(key, undefined, { code: 'refused', until: now - 1, times: 3 })
    const later = await attempt({ stored: over, answers: () => refused('invalid_client') })
    expect(later.left?.refusal).toMatchObject({ until: now + 240_000, times: 4 })
  })

  it('of a refresh token, and another context that was refused the credentials meanwhile → they are not sent', async () => {
    const inner = memoryStore()
    await inner.set(key, heldRecord)
    const noted = noteRefusal(key, heldRecord, { code: 'refused', until: now + 30_000, times: 1 })
    const answers = () => {
      inner.set(key, noted)
      return refused()
    }
    const { result, asked } = await attempt({ held: holding, answers, overStore: boundTo(inner) })
    expect(asked).toEqual(['refresh r'])
    expect(result).toMatchObject({ is: 'refused-before', refusal: { times: 1 } })
  })

  it('and a sign-out elsewhere meanwhile → it ended the sign-in that was refused', async () => {
    const inner = memoryStore()
    await inner.set(key, heldRecord)
    const tombstone = createTombstone(key, heldRecord, now)
    const answers = () => {
      inner.set(key, tombstone)
      return refused('invalid_client')
    }
    const { result } = await attempt({ held: holding, answers, overStore: boundTo(inner) })
    expect(result).toEqual({ is: 'cleared' })
    expect(await inner.get(key)).toEqual(tombstone)
  })

  it('of credentials that can be asked with again, without the lock → it is noted all the same', async () => {
    const { left } = await attempt({ isLocked: false, answers: () => refused('invalid_client') })
    expect(left?.refusal).toMatchObject({ error: 'invalid_client', times: 1 })
  })

  it('of a refresh token without the lock → nothing is written: it could overwrite the one of another context', async () => {
    const { left } = await attempt({ grant: 'refresh-token', isLocked: false, answers: () => refused('invalid_client') })
    expect(left).toBeUndefined()
  })

  it('another context has rotated it meanwhile → its token is adopted, or its refresh token presented', async () => {
    const successor = createRecord(key, 'e', createToken(now, { accessToken: 'c', refreshToken: 't' }))
    const aged = createRecord(key, 'e', expired('c', 't'))
    for (const [record, expected] of [
      [successor, ['refresh r']],
      [aged, ['refresh r', 'refresh t']],
    ] as const) {
      const inner = memoryStore()
      await inner.set(key, heldRecord)
      const answers = (asked: Asked) => {
        if (asked !== 'refresh r') return createToken(now)
        inner.set(key, record)
        return refused()
      }
      const { asked } = await attempt({ grant: 'one-time', isSpent: true, held: holding, answers, overStore: boundTo(inner) })
      expect(asked).toEqual(expected)
    }
  })

  it('another context’s token without the lock → is not presented: it could be using it', async () => {
    const inner = memoryStore()
    const aged = createRecord(key, 'e', expired('c', 't'))
    const answers = () => {
      inner.set(key, aged)
      return refused()
    }
    // Held by nobody else until now, so it may be presented without the lock.
    const setup = { grant: 'one-time', isSpent: true, isLocked: false, held: { ...holding, written: 'refused' } } as const
    const { result, asked } = await attempt({ ...setup, answers, overStore: boundTo(inner) })
    expect(asked).toEqual(['refresh r'])
    expect(result).toBeInstanceOf(TokenStoreError)
  })

  it('another context’s record, whose successor the store refuses → it is that record’s place that the token takes', async () => {
    const inner = memoryStore()
    const other = createRecord(key, 'e', expired('c', 't'))
    await inner.set(key, heldRecord)
    const answers = (asked: Asked) => {
      if (asked !== 'refresh r') return createToken(now, { accessToken: 'd', refreshToken: 'u' })
      inner.set(key, other)
      return refused()
    }
    const full = async (): Promise<never> => {
      throw new Error('quota')
    }
    const overStore = { get: inner.get.bind(inner), set: full, delete: full }
    const { result } = await attempt({ grant: 'one-time', isSpent: true, held: holding, answers, overStore })
    expect(result).toMatchObject({ is: 'renewed', held: { written: 'refused', replaces: other.id } })
  })
})

describe('after a failure', () => {
  it.each([
    ['a refresh token', {}, ['refresh r']],
    ['an access token that lives', { by: 'access_token', held: { record: createRecord(key, 'e', createToken(now)) } }, ['access token']],
    ['an access token that has expired', { by: 'access_token' }, ['access a', 'grant']],
    [
      'an access token that the API rejected',
      { by: 'access_token', isRejected: true, held: { record: createRecord(key, 'e', createToken(now)) } },
      ['access token', 'grant'],
    ],
    ['an expired access token of a person', { by: 'access_token', grant: 'one-time', isSpent: true }, ['access a']],
  ] as [string, Setup, Asked[]][])('to renew with %s → moves on only where nothing is lost', async (_, setup, expected) => {
    const record = setup.held?.record ?? heldRecord
    const answers = (asked: Asked) => (asked === 'grant' ? createToken(now) : outage())
    const { asked } = await attempt({ held: holding, stored: record, answers, ...setup })
    expect(asked).toEqual(expected)
  })
})

describe('saving', () => {
  const full = async (): Promise<never> => {
    throw new Error('quota')
  }

  it('a store that refuses the rotated record → the used refresh token is not left for others', async () => {
    const inner = memoryStore()
    await inner.set(key, heldRecord)
    const { result } = await attempt({ held: holding, overStore: { ...boundTo(inner), set: full } })
    expect(result).toMatchObject({ is: 'renewed', held: { written: 'refused', replaces: undefined } })
    expect(await inner.get(key)).toBeUndefined()
  })

  it('a store that refuses the rotated record, and does not say what it holds → the used refresh token is not left for others', async () => {
    const inner = memoryStore()
    await inner.set(key, heldRecord)
    const { result } = await attempt({ held: holding, overStore: { ...boundTo(inner), get: onceOf(inner), set: full } })
    expect(result).toMatchObject({ is: 'renewed', held: { written: 'refused', replaces: undefined } })
    expect(await inner.get(key)).toBeUndefined()
  })

  it.each([
    ['credentials', {}, false],
    ['a code', { grant: 'one-time' }, true],
    ['a refresh token', { held: holding, stored: heldRecord }, true],
  ] as [string, Setup, boolean][])(
    '%s, and a store that no longer says what it holds → written over only where it cannot be asked for again',
    async (_, setup, isWritten) => {
      const inner = memoryStore()
      if (setup.stored) await inner.set(key, heldRecord)
      const { result } = await attempt({ ...setup, overStore: { ...boundTo(inner), get: onceOf(inner) } })
      expect(result).toMatchObject({ is: 'renewed', held: { written: isWritten ? 'saved' : 'refused' } })
      expect((await inner.get(key))?.token?.accessToken).toBe(isWritten ? 'new' : undefined)
    },
  )

  it('a new sign-in → begins an epoch of its own, and the one that was stored has ended', async () => {
    const inner = memoryStore()
    await inner.set(key, heldRecord)
    const { result } = await attempt({ grant: 'one-time', overStore: boundTo(inner) })
    expect(result).toMatchObject({ is: 'renewed', held: { written: 'saved' } })
    const left = await inner.get(key)
    expect(left?.token?.accessToken).toBe('new')
    expect(left?.epoch).not.toBe(heldRecord.epoch)
  })

  describe('a code, and what another context has saved without the lock while it was exchanged', () => {
    const signedOut = createTombstone(key, heldRecord, now)
    const signIn = (before: string, token = createToken(now - 5_000, { accessToken: 'other', refreshToken: 'r-other' })) =>
      createRecord(key, createSignInEpoch(before), token)
    const asked = (at: number) => createToken(at, { accessToken: 'other', refreshToken: 'r-other' })
    it.each<[string, TokenRecord, 'renewed' | 'cleared', number?]>([
      ['an earlier sign-in', signIn('e'), 'renewed'],
      ['a sign-in of the same moment', signIn('e', asked(now - 1_000)), 'renewed'],
      ['a later sign-in', signIn('e', asked(now - 999)), 'cleared'],
      ['a sign-in that a clock ahead has dated', signIn('e', asked(now + 1)), 'renewed', 4_999],
      ['a sign-in that a clock ahead has dated, and that may have waited in vain', signIn('e', asked(now + 1)), 'cleared', 5_000],
      ['an earlier sign-in, though this one took long', signIn('e'), 'renewed', 5_000],
      ['a sign-out', signedOut, 'cleared'],
      ['an earlier sign-in, after a sign-out', signIn(signedOut.epoch), 'cleared'],
      ['a renewed token of the sign-in before', createRecord(key, 'e', asked(now)), 'renewed'],
    ])('%s → %s', async (_, other, expected, tookMs = 0) => {
      const inner = memoryStore()
      await inner.set(key, heldRecord)
      const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
      const answers = () => {
        clock.mockReturnValue(tookMs)
        inner.set(key, other)
        return createToken(now - 1_000, { accessToken: 'new' })
      }
      const { result } = await attempt({ grant: 'one-time', answers, overStore: boundTo(inner) })
      expect(result).toMatchObject({ is: expected })
      const left = await inner.get(key)
      clock.mockRestore()
      if (expected === 'cleared') expect(left).toEqual(other)
      else expect(left?.token?.accessToken).toBe('new')
    })
  })

  it('where nothing was used up → the record stays', async () => {
    const inner = memoryStore()
    await inner.set(key, heldRecord)
    await attempt({ by: 'access_token', held: holding, overStore: { ...boundTo(inner), set: full } })
    expect(await inner.get(key)).toMatchObject({ id: heldRecord.id })
  })

  it('without the lock → what another context has written meanwhile is not deleted', async () => {
    const inner = memoryStore()
    const other = createRecord(key, 'e', createToken(now, { accessToken: 'c', refreshToken: 't' }))
    const answers = () => {
      inner.set(key, other)
      return createToken(now, { accessToken: 'd', refreshToken: 'u' })
    }
    const setup = { grant: 'one-time', isSpent: true, isLocked: false, held: { ...holding, written: 'refused' } } as const
    const { result } = await attempt({ ...setup, answers, overStore: { ...boundTo(inner), set: full } })
    expect(result).toMatchObject({ is: 'renewed', held: { written: 'refused' } })
    expect(await inner.get(key)).toEqual(other)
  })

  describe('credentials are asked with, and meanwhile the store gets', () => {
    const other = createRecord(key, '', createToken(now, { accessToken: 'other' }))
    const old = createRecord(key, '', expired('other'))
    it.each<[string, TokenRecord | undefined, boolean, Pick<Held, 'written' | 'replaces'>]>([
      // It replaces nothing: what the store holds is adopted by the next renewal.
      ['a token, without the lock → ours is not stored', other, false, { written: 'refused', replaces: undefined }],
      ['nothing, without the lock → ours is', undefined, false, { written: 'saved', replaces: undefined }],
      ['a token that has expired, without the lock → ours is', old, false, { written: 'saved', replaces: old.id }],
      ['a token, under the lock → ours is', other, true, { written: 'saved', replaces: other.id }],
    ])('%s', async (_, meanwhile, isLocked, outcome) => {
      const inner = memoryStore()
      const answers = () => {
        if (meanwhile) inner.set(key, meanwhile)
        return createToken(now, { accessToken: 'ours' })
      }
      const { result } = await attempt({ isLocked, answers, overStore: boundTo(inner) })
      expect(result).toMatchObject({ is: 'renewed', held: { token: { accessToken: 'ours' }, ...outcome } })
      expect((await inner.get(key))?.token?.accessToken).toBe(outcome.written === 'saved' ? 'ours' : 'other')
    })

    it.each<[string, TokenRecord, boolean]>([
      ['a token, where the held one was rejected → ours is: that one may be as dead', other, true],
      [
        'a token with a refresh token, where the held one was rejected → ours is',
        createRecord(key, '', { ...other.token, refreshToken: 'r' }),
        true,
      ],
      ['a sign-out, where the held one was rejected → it stays', createTombstone(key, other, now), false],
    ])('%s', async (_, meanwhile, isStored) => {
      const inner = memoryStore()
      const record = createRecord(key, '', createToken(now - hour / 2, { accessToken: 'rejected' }))
      await inner.set(key, record)
      const answers = async () => {
        await inner.set(key, meanwhile)
        return createToken(now, { accessToken: 'ours' })
      }
      const setup = { isLocked: false, isRejected: true, held: { record }, answers: answers as never, overStore: boundTo(inner) }
      const { result } = await attempt(setup)
      expect(result).toMatchObject(isStored ? { is: 'renewed', held: { written: 'saved', replaces: meanwhile.id } } : { is: 'cleared' })
      expect((await inner.get(key))?.token?.accessToken).toBe(isStored ? 'ours' : undefined)
    })
  })

  it('a write of unknown outcome → nothing is deleted: it may still arrive', async () => {
    const inner = memoryStore()
    await inner.set(key, heldRecord)
    const set = async () => {
      throw new TokenStoreError('outcome_unknown', 'late')
    }
    const { result } = await attempt({ held: holding, overStore: { ...boundTo(inner), set } })
    expect(result).toMatchObject({ held: { written: 'unknown' } })
    expect(await inner.get(key)).toMatchObject({ id: heldRecord.id })
  })

  it('a record that the store itself removed, since it could not replace it → does not count as cleared', async () => {
    const inner = memoryStore()
    await inner.set(key, stale)
    // As the storages of browsers do over their quota.
    const set = async (name: string): Promise<never> => {
      await inner.delete(name)
      return full()
    }
    const held = { ...holding, written: 'refused', replaces: stale.id } as const
    const setup = { grant: 'one-time', isSpent: true, held, overStore: { ...boundTo(inner), set } } as const
    const { result, asked } = await attempt(setup)
    expect(asked).toEqual(['refresh r'])
    expect(result).toMatchObject({ is: 'renewed', held: { token: { refreshToken: 'r-new' }, written: 'refused' } })
  })

  it.each(['get', 'set'] as const)(
    'a sign-out that comes while the store is asked (%s) → nothing is asked of the server',
    async (operation) => {
      const inner = memoryStore()
      await inner.set(key, stale)
      let isWanted = true
      const store = boundTo(inner)
      const signOut = async (...args: [never, never]): Promise<never> => {
        isWanted = false
        return store[operation](...args) as Promise<never>
      }
      const held = { ...holding, written: 'refused', replaces: stale.id } as const
      const { result, asked } = await attempt({ held, overStore: { ...store, [operation]: signOut }, isWanted: () => isWanted })
      expect([result, asked]).toEqual([{ is: 'cleared' }, []])
    },
  )

  it('a live record that has gone meanwhile → counts as cleared', async () => {
    const inner = memoryStore()
    await inner.set(key, heldRecord)
    const answers = () => {
      inner.delete(key)
      return createToken(now)
    }
    const { result } = await attempt({ held: holding, answers, overStore: boundTo(inner) })
    expect(result).toMatchObject({ is: 'cleared', granted: { accessToken: expect.any(String) } })
    expect(await inner.get(key)).toBeUndefined()
  })

  it('a new sign-in that came while a refresh token was used up → its record stays, also where it was asked for earlier', async () => {
    const inner = memoryStore()
    await inner.set(key, heldRecord)
    const other = createRecord(key, createSignInEpoch('e'), createToken(now - 1, { accessToken: 'of-another-user' }))
    const answers = () => {
      inner.set(key, other)
      return createToken(now, { accessToken: 'new', refreshToken: 'r-new' })
    }
    const { result } = await attempt({ held: holding, answers, overStore: boundTo(inner) })
    expect(result).toMatchObject({ is: 'cleared', granted: { accessToken: 'new' } })
    expect(await inner.get(key)).toEqual(other)
  })

  it('a tombstone that came meanwhile → the result is dropped', async () => {
    const inner = memoryStore()
    await inner.set(key, heldRecord)
    const tombstone = createTombstone(key, heldRecord, now)
    const answers = () => {
      inner.set(key, tombstone)
      return createToken(now)
    }
    const { result } = await attempt({ held: holding, answers, overStore: boundTo(inner) })
    expect(result).toMatchObject({ is: 'cleared', granted: { accessToken: expect.any(String) } })
    expect(await inner.get(key)).toEqual(tombstone)
  })

  describe('a store that did not say what it held, and then holds a tombstone', () => {
    it.each([
      ['credentials', 'reusable', 'cleared'],
      ['a code: the sign-in would be lost', 'one-time', 'renewed'],
    ] as const)('%s (%s) → %s', async (_, grant, expected) => {
      const inner = memoryStore()
      let reads = 0
      const get: TokenStore['get'] = async (name) => {
        if (reads++ === 0) throw new Error('away')
        return inner.get(name)
      }
      const answers = () => {
        inner.set(key, createTombstone(key, undefined, now))
        return createToken(now)
      }
      const { result } = await attempt({ grant, answers, overStore: { ...boundTo(inner), get } })
      expect(result).toMatchObject({ is: expected })
    })
  })

  it('a sign-out that a notice told of, and a store that holds an older record again → nothing is saved', async () => {
    let epoch = ''
    const inner = memoryStore()
    const old = createRecord(key, '', expired('old'))
    const answers = () => {
      epoch = 'told'
      inner.set(key, old)
      return createToken(now)
    }
    const { result } = await attempt({ epoch: () => epoch, answers, overStore: boundTo(inner) })
    expect(result).toMatchObject({ is: 'cleared' })
    expect(await inner.get(key)).toEqual(old)
  })

  it('a late read that told of an older sign-in while a refresh token was used up → its successor is saved', async () => {
    let epoch = 'e'
    const answers = () => {
      epoch = 'older'
      return createToken(now, { accessToken: 'new', refreshToken: 'r-new' })
    }
    const { left } = await attempt({ held: holding, stored: heldRecord, epoch: () => epoch, answers })
    expect(left?.token?.refreshToken).toBe('r-new')
  })

  it('an unsaved token → is written before anything is asked, and its successor takes its place', async () => {
    const inner = memoryStore()
    const order: string[] = []
    const set: TokenStore['set'] = async (name, record) => {
      order.push(`set ${record.token?.accessToken}`)
      await inner.set(name, record)
    }
    const answers = () => {
      order.push('asked')
      return createToken(now, { accessToken: 'new', refreshToken: 'r2' })
    }
    const { result } = await attempt({ held: { ...holding, written: 'refused' }, answers, overStore: { ...boundTo(inner), set } })
    expect(order).toEqual(['set a', 'asked', 'set new'])
    expect(result).toMatchObject({ held: { written: 'saved', replaces: heldRecord.id } })
  })
})

/** Reads once, and then no more. */
function onceOf(store: TokenStore): TokenStore['get'] {
  let reads = 0
  return async (name) => {
    if (reads++ > 0) throw new Error('away')
    return store.get(name)
  }
}

function boundTo(store: TokenStore): TokenStore {
  return { get: (name) => store.get(name), set: (name, record) => store.set(name, record), delete: (name) => store.delete(name) }
}
