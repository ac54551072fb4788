import { afterEach, describe, expect, test, vi } from 'vitest'
import { createHeaders, hasHeader, hasRequestBody, isPlainObject, readCall } from '../../../src/http/read-call.ts'

const url = 'https://api.example.com/x'

afterEach(() => void vi.unstubAllGlobals())

describe('the URL of a call', () => {
  test.each([
    ['a text', () => url],
    ['a URL', () => new URL(url)],
    ['a Request', () => new Request(url)],
    ['an object with toString', () => ({ toString: () => url })],
  ])('%s → is resolved', (_, create) => {
    const { href, url: resolved } = readCall(create() as string)
    expect([href, resolved?.href]).toEqual([url, url])
  })

  test('a URL that is changed after the call → has no effect', () => {
    const given = new URL(url)
    const call = readCall(given)
    given.href = 'https://evil.example/'
    expect([call.href, call.url?.href]).toEqual([url, url])
  })

  test('an object that names another URL each time it is asked → is asked once', () => {
    let asked = 0
    const call = readCall({ toString: () => `https://host-${++asked}.example/` } as unknown as string)
    expect([call.href, call.url?.href, asked]).toEqual(['https://host-1.example/', 'https://host-1.example/', 1])
  })

  test('a relative text in a page → is resolved against its base once', () => {
    const document = { baseURI: 'https://api.example.com/app/' }
    vi.stubGlobal('document', document)
    const call = readCall('x')
    document.baseURI = 'https://evil.example/'
    expect(call.href).toBe('https://api.example.com/app/x')
  })

  test('of a Request → is that of the request, which is kept', () => {
    const request = new Request(`${url}#fragment`)
    expect(readCall(request)).toMatchObject({ request, href: `${url}#fragment` })
  })
})

test('a URL that the caller has resolved before → is sent, and not parsed again', () => {
  const call = readCall('HTTPS://API.example.com/x', { method: 'PUT' }, url)
  expect([call.url, call.href, call.init.method]).toEqual([undefined, url, 'PUT'])
})

describe('init', () => {
  test.each([undefined, null, {}])('%j → an empty copy', (init) => {
    expect(readCall(url, init as RequestInit).init).toEqual({})
  })

  test('changed after the call → has no effect', () => {
    const init = {
      method: 'POST',
      headers: { a: '1' } as Record<string, string>,
      body: 'b',
      redirect: 'error' as const,
      cache: 'no-store' as const,
    }
    const call = readCall(url, init)
    Object.assign(init, { method: 'DELETE', body: 'changed', redirect: 'follow', signal: AbortSignal.abort() })
    init.headers['a'] = '2'
    expect(call).toMatchObject({ init: { method: 'POST', redirect: 'error', cache: 'no-store' }, headers: { a: '1' }, body: { body: 'b' } })
    expect(call.signal).toBeUndefined()
  })

  test('is never changed by us, nor are its headers', () => {
    const headers = Object.freeze({ a: '1' })
    const init = Object.freeze({ method: 'POST', headers, body: Object.freeze(new URLSearchParams('a=1')) })
    readCall(url, init)
    expect(init).toEqual({ method: 'POST', headers: { a: '1' }, body: new URLSearchParams('a=1') })
  })

  test('that inherits its fields → they count, as with fetch', () => {
    const call = readCall(url, Object.create({ method: 'PUT', headers: { a: '1' } }) as RequestInit)
    expect([call.init.method, new Headers(call.headers).get('a')]).toEqual(['PUT', '1'])
  })

  test('that is a Request → method, headers, signal and body are taken from it', () => {
    const controller = new AbortController()
    const request = new Request('https://elsewhere.example/', { method: 'PUT', headers: { a: '1' }, body: 'b', signal: controller.signal })
    const call = readCall(url, request as RequestInit)
    expect([call.href, call.init.method, new Headers(call.headers).get('a'), call.request]).toEqual([url, 'PUT', '1', undefined])
    expect(call.init.body).toBe(request.body)
    expect(call.body).toBeUndefined()
    controller.abort()
    expect(call.signal?.aborted).toBe(true)
  })
})

describe('headers', () => {
  test.each([
    ['a plain object', () => ({ 'X-A': '1' })],
    ['an object without a prototype', () => Object.assign(Object.create(null), { 'X-A': '1' })],
    ['a list of pairs', () => [['X-A', '1']]],
    ['Headers', () => new Headers({ 'X-A': '1' })],
    ['an iterable', () => new Map([['X-A', '1']])],
  ])('%s, changed after the call → are as they were', (_, create) => {
    const headers = create()
    const call = readCall(url, { headers: headers as HeadersInit })
    if (headers instanceof Headers || headers instanceof Map) headers.set('X-A', '2')
    else if (Array.isArray(headers)) headers[0] = ['X-A', '2']
    else (headers as Record<string, string>)['X-A'] = '2'
    expect(new Headers(call.headers).get('x-a')).toBe('1')
  })

  test('a plain object → stays one, which is what the hot path adds to', () => {
    expect(readCall(url, { headers: { a: '1' } }).headers).toEqual({ a: '1' })
  })

  test('of a Request → count where init has none, and are a copy', () => {
    const request = new Request(url, { headers: { a: '1' } })
    const call = readCall(request)
    request.headers.set('a', '2')
    expect(new Headers(call.headers).get('a')).toBe('1')
    expect(new Headers(readCall(request, { headers: { b: '1' } }).headers).get('a')).toBeNull()
  })

  test.each([
    ['a list with a bad value', [['x-canary', 'can\nary']]],
    ['a list with a bad name', [['canary ', '1']]],
    ['a list that is not of pairs', [['canary']]],
    ['a text', 'canary'],
  ])('%s → a TypeError that does not repeat them', (_, headers) => {
    expect(() => readCall(url, { headers: headers as HeadersInit })).toThrow(new TypeError('The headers to send are not valid.'))
  })
})

describe('the signal', () => {
  const { signal } = new AbortController()
  test.each([
    ['of init', () => readCall(url, { signal }).signal === signal, true],
    ['of init → comes before that of the Request', () => readCall(new Request(url), { signal }).signal === signal, true],
    ['null in init → takes that of the Request away', () => readCall(new Request(url, { signal }), { signal: null }).signal, null],
    [
      'undefined in init → leaves that of the Request',
      () => readCall(new Request(url), { signal: undefined } as never).signal?.aborted,
      false,
    ],
    ['none', () => readCall(url).signal, undefined],
  ])('%s', (_, read, expected) => {
    expect(read()).toBe(expected)
  })
})

describe('the body to send again', () => {
  test.each([
    ['none', {}, { body: undefined }],
    ['null', { body: null }, { body: null }],
    ['a text', { body: 'a' }, { body: 'a' }],
    ['an empty text', { body: '' }, { body: '' }],
    ['a stream', { body: new ReadableStream() }, undefined],
    ['an async iterable', { body: (async function* () {})() }, undefined],
  ])('%s', (_, init, expected) => {
    expect(readCall(url, { method: 'POST', ...init } as RequestInit).body).toEqual(expected)
  })
})

describe('whether a call sends the body of its Request', () => {
  const post = () => new Request(url, { method: 'POST', body: 'b' })
  test.each([
    ['a text', readCall(url, { method: 'POST', body: 'b' }), false],
    ['a Request with a body', readCall(post()), true],
    ['a Request without one', readCall(new Request(url, { method: 'POST' })), false],
    ['a Request whose body init replaces', readCall(post(), { body: 'c' }), false],
    ['a Request whose body init replaces with nothing', readCall(post(), { body: '' }), false],
    ['a Request whose body null does not replace', readCall(post(), { body: null }), true],
    ['a Request that init turns into a GET', readCall(post(), { method: 'get' }), false],
    ['a GET', readCall(new Request(url)), false],
    ['one that cannot be seen, of a POST (Firefox)', { ...readCall(url, {}), request: { method: 'POST' } as Request }, true],
    ['one that cannot be seen, of a GET (Firefox)', { ...readCall(url, {}), request: { method: 'GET' } as Request }, false],
  ])('%s: %#', (_, call, expected) => {
    expect(hasRequestBody(call)).toBe(expected)
  })
})

describe('whether headers have one of a name', () => {
  test.each([
    ['an object', { Authorization: 'x' }, true],
    ['an object in lower case', { authorization: 'x' }, true],
    ['an object in odd case', { aUTHORIZATION: '' }, true],
    ['an object with another', { 'X-Authorization': 'x', Authorizatio: 'x' }, false],
    ['Headers', new Headers({ Authorization: 'x' }), true],
    ['empty Headers', new Headers(), false],
    ['nothing', undefined, false],
  ])('%s', (_, headers, expected) => {
    expect(hasHeader(headers as HeadersInit, 'AUTHORIZATION')).toBe(expected)
  })
})

test('createHeaders copies', () => {
  const headers = new Headers({ a: '1' })
  const copy = createHeaders(headers)
  headers.set('a', '2')
  expect(copy.get('a')).toBe('1')
})

test.each([
  [{}, true],
  [Object.create(null), true],
  [new Headers(), false],
  [[], false],
  [new (class Own {})(), false],
])('%o is a plain object: %s', (value, expected) => {
  expect(isPlainObject(value)).toBe(expected)
})
