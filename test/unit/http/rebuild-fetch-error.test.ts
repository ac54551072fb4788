import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { OriginNotAllowedError } from '../../../src/base/errors.ts'
import { rebuildFetchError } from '../../../src/http/rebuild-fetch-error.ts'

const canary = 'canary-7f3a'

describe('an aborted call', () => {
  it.each([
    ['an Error', new Error('mine')],
    ['a text', 'left'],
    ['an object', { code: 1 }],
    ['null', null],
    ['0', 0],
  ])('an aborted call → rejects with the reason itself: %s', (_, reason) => {
    expect(rebuildFetchError(new TypeError('terminated'), AbortSignal.abort(reason))).toBe(reason)
  })

  it('without a reason → with the platform AbortError', () => {
    expect(rebuildFetchError(undefined, AbortSignal.abort())).toMatchObject({ name: 'AbortError' })
  })
})

describe('a network failure', () => {
  it.each([
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

  it('a network failure → keeps name and code of its cause, and nothing else of it', () => {
    const cause = Object.assign(new Error(`connect ECONNREFUSED ${canary}`), { code: 'ECONNREFUSED', headers: canary })
    const error = rebuildFetchError(new TypeError('fetch failed', { cause }), undefined) as Error
    expect(error.cause).toMatchObject({ name: 'Error', code: 'ECONNREFUSED' })
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(canary)
  })
})

describe('what throws when it is read → a TypeError without its words', () => {
  const fail = () => {
    throw new Error(canary)
  }
  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    return proxy
  }
  it.each<[string, unknown, string]>([
    [
      'a message',
      {
        get message() {
          return fail()
        },
        name: 'RangeError',
        code: 'ECONNRESET',
      },
      'RangeError (ECONNRESET)',
    ],
    ['a cause', Object.defineProperty(new RangeError('x'), 'cause', { get: fail }), 'RangeError'],
    ['a cause of a network failure', Object.defineProperty(new TypeError('fetch failed'), 'cause', { get: fail }), ''],
    ['a name', Object.defineProperty(new Error('x'), 'name', { get: fail }), 'Error'],
    ['a proxy, asked what it has', new Proxy({}, { has: fail }), 'Error'],
    ['a proxy, asked for anything', new Proxy(new Error('x'), { get: fail, has: fail, getPrototypeOf: fail }), 'Error'],
    ['a revoked proxy', revoked(), 'Error'],
    ['a revoked proxy as the cause', new RangeError('x', { cause: revoked() }), 'RangeError'],
    ['a revoked proxy as its errors', Object.assign(new RangeError('x'), { errors: revoked() }), 'RangeError'],
  ])('%s', (_, thrown, said) => {
    const error = rebuildFetchError(thrown) as Error
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toBe(said ? `fetch threw ${said}. The rest of its message may hold secrets, and is left out.` : 'fetch failed')
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(canary)
  })
})

describe('what else fetch throws', () => {
  it.each([
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

  it.each([undefined, null])('%s → a TypeError', (thrown) => {
    expect(rebuildFetchError(thrown, null)).toBeInstanceOf(TypeError)
  })

  it("an error of the caller's own wrapper → its name and code, and not its words", () => {
    class CircuitOpenError extends Error {
      override name = 'CircuitOpenError'
      code = 'ECIRCUIT'
    }
    const error = rebuildFetchError(new CircuitOpenError(`open for ${canary}`)) as Error
    expect(error.message).toBe('fetch threw CircuitOpenError (ECIRCUIT). The rest of its message may hold secrets, and is left out.')
    expect(error.cause).toMatchObject({ name: 'CircuitOpenError', code: 'ECIRCUIT' })
  })

  it('an error of the wrapper that speaks of a body → is not taken for one of the platform', () => {
    const error = rebuildFetchError(new RangeError('Request with GET/HEAD method cannot have body.')) as Error
    expect(error.message).toMatch(/^fetch threw RangeError\. /)
  })

  it('an error of ours → stays what it is', () => {
    const error = new OriginNotAllowedError('no')
    expect(rebuildFetchError(error, new AbortController().signal)).toBe(error)
  })
})

describe('what the platform refuses for its form → its reason, without what was given', () => {
  const url = 'https://api.example/'
  it.each([
    ['a GET with a body', { body: canary }, /GET\/HEAD method cannot have body/],
    ['a HEAD with a body', { method: 'HEAD', body: canary }, /GET\/HEAD method cannot have body/],
    ['a stream without duplex', { method: 'POST', body: new ReadableStream() }, /duplex/],
    ['a bad header name', { headers: { [`${canary} x`]: '1' } }, /invalid header name/],
    ['a bad header value', { headers: { 'x-a': `${canary}\r\nx-b: 1` } }, /invalid header value/],
    ['a signal that is none', { signal: { canary } as never }, /AbortSignal/],
    ['a method that is none', { method: `${canary} x` }, /HTTP method/],
    ['an unknown redirect', { redirect: canary as never }, /accepted type/],
  ])('%s, by this platform', async (_, init, reason) => {
    const thrown = await fetch(url, init as RequestInit).catch((error: unknown) => error)
    const { message } = rebuildFetchError(thrown) as Error
    expect(message).toMatch(reason)
    expect(message).toMatch(/^fetch refused the request: /)
    expect(message).not.toContain(canary)
  })

  it.each([
    ["Failed to execute 'fetch' on 'Window': Request with GET/HEAD method cannot have body.", 'GET/HEAD method cannot have body'],
    ['Window.fetch: HEAD or GET Request cannot have a body.', 'cannot have a body'],
    ["Request has method 'GET' and cannot have a body", 'cannot have a body'],
    [`'${canary} x' is not a valid HTTP header field name.`, 'header field name'],
    [`Window.fetch: ${canary} x is an invalid header name.`, 'invalid header name'],
    [`Invalid header name: '${canary} x'`, 'Invalid header name'],
    ['The `duplex` member must be specified for a request with a streaming body', 'duplex'],
    ["Failed to execute 'fetch' on 'Window': Failed to convert value to 'AbortSignal'.", 'AbortSignal'],
    [`'${canary} x' is not a valid HTTP method.`, 'HTTP method'],
    ['Cannot construct a Request with a Request object that has already been used.', 'already been used'],
    [`The provided value '${canary}' is not a valid enum value of type RequestMode.`, 'enum value'],
  ])('%s, by another', (message, reason) => {
    const error = rebuildFetchError(new TypeError(message)) as Error
    expect(error.message).toBe(`fetch refused the request: ${reason}. The rest of its message may hold secrets, and is left out.`)
  })
})
