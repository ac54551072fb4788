import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { OriginNotAllowedError } from '../../../src/base/errors.ts'
import { rebuildFetchError } from '../../../src/http/rebuild-fetch-error.ts'

const canary = 'canary-7f3a'

describe('an aborted call', () => {
  test.each([
    ['an Error', new Error('mine')],
    ['a text', 'left'],
    ['an object', { code: 1 }],
    ['null', null],
    ['0', 0],
  ])('→ rejects with the reason itself: %s', (_, reason) => {
    expect(rebuildFetchError(new TypeError('terminated'), AbortSignal.abort(reason))).toBe(reason)
  })

  test('without a reason → with the platform AbortError', () => {
    expect(rebuildFetchError(undefined, AbortSignal.abort())).toMatchObject({ name: 'AbortError' })
  })
})

describe('a network failure', () => {
  test.each([
    ['Node', 'fetch failed'],
    ['Node, in mid-body', 'terminated'],
    ['Chromium', 'Failed to fetch'],
    ['Firefox', 'NetworkError when attempting to fetch resource.'],
    ['WebKit', 'Load failed'],
    ['WebKit, offline', 'The Internet connection appears to be offline.'],
    ['WebKit, lost', 'The network connection was lost.'],
    ['Deno', `error sending request for url (https://api.example/?k=${canary})`],
    ['Bun', 'Unable to connect. Is the computer able to access the url?'],
    ['workerd', 'Network connection lost.'],
  ])('of %s → a TypeError with the one message that retry libraries know', (_, message) => {
    const error = rebuildFetchError(new TypeError(message), undefined)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toBe('fetch failed')
  })

  test('→ keeps name and code of its cause, and nothing else of it', () => {
    const cause = Object.assign(new Error(`connect ECONNREFUSED ${canary}`), { code: 'ECONNREFUSED', headers: canary })
    const error = rebuildFetchError(new TypeError('fetch failed', { cause }), undefined) as Error
    expect(error.cause).toMatchObject({ name: 'Error', code: 'ECONNREFUSED' })
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(canary)
  })
})

describe('what else fetch throws', () => {
  test.each([
    ['an invalid header', new TypeError(`Headers.append: "Bearer ${canary}" is an invalid header value.`)],
    ['a URL with userinfo', new TypeError(`Request cannot be constructed from a URL that includes credentials: https://u:${canary}@h/`)],
    ['an error of the given fetch', Object.assign(new Error(canary), { config: { headers: { authorization: canary } } })],
    ['one with a telling name', Object.assign(new Error('x'), { name: `E ${canary}`, code: `${canary}!` })],
    ['a text', canary],
    ['an object', { message: canary, toString: (): string => canary }],
  ])('%s → a TypeError without its words', (_, thrown) => {
    const error = rebuildFetchError(thrown, undefined) as Error
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).not.toMatch(/^fetch failed$/)
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(canary)
  })

  test.each([undefined, null])('%s → a TypeError', (thrown) => {
    expect(rebuildFetchError(thrown, null)).toBeInstanceOf(TypeError)
  })

  test('an error of ours → stays what it is', () => {
    const error = new OriginNotAllowedError('no')
    expect(rebuildFetchError(error, new AbortController().signal)).toBe(error)
  })
})
