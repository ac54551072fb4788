import { afterEach, describe, expect, it, vi } from 'vitest'
import { type CallOptions, methodOf, readCall } from '../../../src/http/read-call.ts'

const url = 'https://api.example.com/x'

/** As a manager of another API reads a call: each URL is parsed. */
function read(input: unknown, init?: RequestInit, options: Partial<CallOptions> = {}) {
  return readCall(input, init, {
    apiPrefix: 'https://other.example/',
    apiEnd: 'https://other.example0',
    tokenHeader: 'Authorization',
    isForwarded: false,
    hasOwnFetch: false,
    isRewritten: false,
    isInUrl: false,
    ...options,
  })
}

afterEach(() => void vi.unstubAllGlobals())

describe('the URL of a call', () => {
  it.each([
    ['a text', () => url],
    ['a URL', () => new URL(url)],
    ['a Request', () => new Request(url)],
    ['an object with toString', () => ({ toString: () => url })],
  ])('%s → is resolved', (_, create) => {
    const { href, destination } = read(create())
    expect([href, String(destination)]).toEqual([url, url])
  })

  it('a URL that is changed after the call → has no effect', () => {
    const given = new URL(url)
    const call = read(given)
    given.href = 'https://evil.example/'
    expect([call.href, String(call.destination)]).toEqual([url, url])
  })

  it('an object that names another URL each time it is asked → is asked once', () => {
    let asked = 0
    const call = read({ toString: () => `https://host-${++asked}.example/` }, undefined, { hasOwnFetch: true })
    expect([call.href, String(call.destination), asked]).toEqual(['https://host-1.example/', 'https://host-1.example/', 1])
  })

  it('a relative text in a page → is resolved against its base once', () => {
    const document = { baseURI: 'https://api.example.com/app/' }
    vi.stubGlobal('document', document)
    const call = read('x')
    document.baseURI = 'https://evil.example/'
    expect(call.href).toBe('https://api.example.com/app/x')
  })

  it('of a Request → is that of the request, which is kept', () => {
    const request = new Request(`${url}#fragment`)
    expect(read(request)).toMatchObject({ input: request, href: `${url}#fragment` })
  })
})

describe('whether redirects are followed by hand', () => {
  it.each([
    ['a text', [url], true],
    ['a text, follow', [url, { redirect: 'follow' }], true],
    ['a text, manual', [url, { redirect: 'manual' }], false],
    ['a text, error', [url, { redirect: 'error' }], false],
    ['a Request, follow', [new Request(url)], true],
    ['a Request, manual', [new Request(url, { redirect: 'manual' })], false],
    ['a Request, manual, with follow in init', [new Request(url, { redirect: 'manual' }), { redirect: 'follow' }], true],
  ] as const)('%s: %#', (_, [input, init], expected) => {
    expect(read(input, init, { isForwarded: true }).followsRedirects).toBe(expected)
    expect(read(input, init).followsRedirects).toBe(false)
  })
})

it.each([
  ['a URL', () => new URL('https://api.example.com/x')],
  ['a Request', () => new Request('https://api.example.com/x')],
])('%s of the API → is known from its text', (_, create) => {
  expect(read(create(), {}, { apiPrefix: 'https://api.example.com/', apiEnd: 'https://api.example.com0' })).toMatchObject({
    destination: 'api',
    href: url,
  })
})

it('a text that begins with the origin of the API → goes to the API, as it is', () => {
  const text = 'https://api.example.com/a/../x'
  const call = read(text, { method: 'PUT' }, { apiPrefix: 'https://api.example.com/', apiEnd: 'https://api.example.com0' })
  expect([call.destination, call.href, call.input, call.init.method]).toEqual(['api', text, text, 'PUT'])
})

describe('init', () => {
  it.each([undefined, null, {}])('%j → an empty copy', (init) => {
    expect(read(url, init as RequestInit).init).toEqual({})
  })

  it('changed after the call → has no effect', () => {
    const init = {
      method: 'POST',
      headers: { a: '1' } as Record<string, string>,
      body: 'b',
      redirect: 'error' as const,
      cache: 'no-store' as const,
    }
    const call = read(url, init)
    Object.assign(init, { method: 'DELETE', body: 'changed', redirect: 'follow', signal: AbortSignal.abort() })
    init.headers['a'] = '2'
    expect(call).toMatchObject({ init: { method: 'POST', redirect: 'error', cache: 'no-store' }, headers: { a: '1' }, isReplayable: true })
    expect(call.init.body).toBe('b')
    expect(call.signal).toBeUndefined()
  })

  it('is never changed by us, nor are its headers', () => {
    const headers = Object.freeze({ a: '1' })
    const init = Object.freeze({ method: 'POST', headers, body: Object.freeze(new URLSearchParams('a=1')) })
    read(url, init)
    expect(init).toEqual({ method: 'POST', headers: { a: '1' }, body: new URLSearchParams('a=1') })
  })

  it('that inherits its fields → they count, as with fetch', () => {
    const call = read(url, Object.create({ method: 'PUT', headers: { a: '1' } }) as RequestInit)
    expect([call.init.method, new Headers(call.headers).get('a')]).toEqual(['PUT', '1'])
  })

  it('that is a Request → method, headers, signal and body are taken from it', () => {
    const controller = new AbortController()
    const request = new Request('https://elsewhere.example/', { method: 'PUT', headers: { a: '1' }, body: 'b', signal: controller.signal })
    const call = read(url, request as RequestInit)
    expect([call.href, call.init.method, new Headers(call.headers).get('a'), call.input]).toEqual([url, 'PUT', '1', url])
    expect(call.init.body).toBe(request.body)
    expect(call.isReplayable).toBe(false)
    controller.abort()
    expect(call.signal?.aborted).toBe(true)
  })
})

describe('headers', () => {
  it.each([
    ['a plain object', () => ({ 'X-A': '1' })],
    ['an object without a prototype', () => Object.assign(Object.create(null), { 'X-A': '1' })],
    ['a list of pairs', () => [['X-A', '1']]],
    ['Headers', () => new Headers({ 'X-A': '1' })],
    ['an iterable', () => new Map([['X-A', '1']])],
  ])('%s, changed after the call → are as they were', (_, create) => {
    const headers = create()
    const call = read(url, { headers: headers as HeadersInit })
    if (headers instanceof Headers || headers instanceof Map) headers.set('X-A', '2')
    else if (Array.isArray(headers)) headers[0] = ['X-A', '2']
    else (headers as Record<string, string>)['X-A'] = '2'
    expect(new Headers(call.headers).get('x-a')).toBe('1')
  })

  it('a plain object → stays one, which is what the hot path adds to', () => {
    expect(read(url, { headers: { a: '1' } }).headers).toEqual({ a: '1' })
  })

  it('of a Request → count where init has none, and are a copy', () => {
    const request = new Request(url, { headers: { a: '1' } })
    const call = read(request)
    request.headers.set('a', '2')
    expect(new Headers(call.headers).get('a')).toBe('1')
    expect(new Headers(read(request, { headers: { b: '1' } }).headers).get('a')).toBeNull()
  })

  it.each([
    ['a list with a bad value', [['x-canary', 'can\nary']]],
    ['a list with a bad name', [['canary ', '1']]],
    ['a list that is not of pairs', [['canary']]],
    ['a text', 'canary'],
  ])('%s → a TypeError that does not repeat them', (_, headers) => {
    expect(() => read(url, { headers: headers as HeadersInit })).toThrow(new TypeError('The headers to send are not valid.'))
  })
})

describe('the signal', () => {
  const { signal } = new AbortController()
  it.each([
    ['of init', () => read(url, { signal }).signal === signal, true],
    ['of init → comes before that of the Request', () => read(new Request(url), { signal }).signal === signal, true],
    ['null in init → takes that of the Request away', () => read(new Request(url, { signal }), { signal: null }).signal, null],
    ['undefined in init → leaves that of the Request', () => read(new Request(url), { signal: undefined } as never).signal?.aborted, false],
    ['none', () => read(url).signal, undefined],
  ])('%s', (_, read, expected) => {
    expect(read()).toBe(expected)
  })
})

describe('whether the body of init can be sent again', () => {
  it.each([
    ['none', {}, true],
    ['null', { body: null }, true],
    ['a text', { body: 'a' }, true],
    ['an empty text', { body: '' }, true],
    ['URLSearchParams', { body: new URLSearchParams('a=1') }, true],
    ['a stream', { body: new ReadableStream() }, false],
    ['an async iterable', { body: (async function* () {})() }, false],
  ])('%s: %#', (_, init, expected) => {
    expect(read(url, { method: 'POST', ...init } as RequestInit).isReplayable).toBe(expected)
  })

  it('one that the caller can change → is a copy', () => {
    const body = new URLSearchParams('a=1')
    const call = read(url, { method: 'POST', body })
    body.set('a', '2')
    expect(String(call.init.body)).toBe('a=1')
  })

  it('a stream → is the very stream', () => {
    const body = new ReadableStream()
    expect(read(url, { method: 'POST', body }).init.body).toBe(body)
  })
})

describe('whether a call sends the body of its Request', () => {
  const post = () => new Request(url, { method: 'POST', body: 'b' })
  const hidden = (method: string) => read({ method, url, headers: {}, [Symbol.toStringTag]: 'Request' }, {}, { hasOwnFetch: true })
  it.each([
    ['a text', read(url, { method: 'POST', body: 'b' }), false],
    ['a Request with a body', read(post()), true],
    ['a Request without one', read(new Request(url, { method: 'POST' })), false],
    ['a Request whose body init replaces', read(post(), { body: 'c' }), false],
    ['a Request whose body init replaces with nothing', read(post(), { body: '' }), false],
    ['a Request whose body null does not replace', read(post(), { body: null }), true],
    ['a Request that init turns into a GET', read(post(), { method: 'get' }), false],
    ['a GET', read(new Request(url)), false],
    ['one that cannot be seen, of a POST (Firefox)', hidden('POST'), true],
    ['one that cannot be seen, of a GET (Firefox)', hidden('GET'), false],
  ])('%s: %#', (_, call, expected) => {
    expect(call.sendsRequestBody).toBe(expected)
  })
})

it.each([
  ['none', [url], 'GET'],
  ['of init', [url, { method: 'put' }], 'PUT'],
  ['of the Request', [new Request(url, { method: 'DELETE' })], 'DELETE'],
  ['of init, before that of the Request', [new Request(url, { method: 'DELETE' }), { method: 'PATCH' }], 'PATCH'],
] as const)('the method, %s', (_, [input, init], expected) => {
  expect(methodOf(read(input, init))).toBe(expected)
})

it.each([
  ['by text', url],
  ['by Request', new Request(url)],
  ['by init, over that of a Request', new Request(url, { mode: 'same-origin' })],
])('the mode no-cors, in which browsers drop Authorization, %s → is cors', (_, input) => {
  expect(read(input, { mode: 'no-cors' }).init.mode).toBe('cors')
})

it('a Request whose body has been used → a TypeError', async () => {
  const request = new Request(url, { method: 'POST', body: 'b' })
  await request.text()
  expect(() => read(request)).toThrow(new TypeError('The body of the request has already been used.'))
  expect(read(request, { body: 'another' }).init.body).toBe('another')
})

describe("the caller's own Authorization", () => {
  it.each([
    ['Authorization', 'Authorization', true],
    ['authorization', 'X-Token', true],
    ['x-token', 'X-Token', true],
    ['x-token', 'Authorization', false],
  ])('a header %s, where the token travels in %s → %s', (name, tokenHeader, expected) => {
    for (const headers of [{ [name]: 'mine' }, new Headers({ [name]: 'mine' }), [[name, 'mine'] as [string, string]]]) {
      expect(read(url, { headers }, { tokenHeader }).isAuthorized).toBe(expected)
      expect(read(new Request(url, { headers }), {}, { tokenHeader }).isAuthorized).toBe(expected)
    }
  })
})
