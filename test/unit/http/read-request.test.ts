import { afterEach, describe, expect, it, vi } from 'vitest'
import { completeInit, type RequestInput, readField, readInput, spreadRequest } from '../../../src/http/read-request.ts'

const url = 'https://api.ok/x'
const evil = 'https://evil.example/'

/** A `Request` as packages make them (undici of npm): of a class of its own, with private fields. */
class PackageRequest {
  readonly #url: string
  readonly #init: RequestInit
  readonly agent = 'of the package'
  constructor(href: string, init: RequestInit = {}) {
    this.#url = href
    this.#init = init
  }
  get url() {
    return this.#url
  }
  get method() {
    return this.#init.method ?? 'GET'
  }
  get headers() {
    return new Headers(this.#init.headers)
  }
  get body() {
    return this.#init.body ?? null
  }
  get signal() {
    return this.#init.signal
  }
  get [Symbol.toStringTag]() {
    return 'Request'
  }
}

class LyingRequest extends Request {
  override get url() {
    return evil
  }
  override get method() {
    return 'GET'
  }
  override get headers() {
    return new Headers({ lie: '1' })
  }
}

const tagged = (fields: object) => ({ ...fields, [Symbol.toStringTag]: 'Request' })

afterEach(() => void vi.unstubAllGlobals())

describe('what counts as a Request', () => {
  it.each([
    ['a Request', () => new Request(url)],
    ['one of a subclass', () => new (class extends Request {})(url)],
    ['one whose class shows another URL', () => new LyingRequest(url)],
    ['one that shows another URL itself', () => Object.defineProperty(new Request(url), 'url', { value: evil })],
    ['one with another tag', () => Object.defineProperty(new Request(url), Symbol.toStringTag, { value: 'URL' })],
    ['one with another text', () => Object.assign(new Request(url), { toString: () => evil })],
  ])('%s → by the URL that the platform sends it to', (_, create) => {
    const request = create()
    for (const hasOwnFetch of [false, true]) expect(readInput(request, hasOwnFetch)).toEqual({ request, url, isForeign: false })
  })

  it.each([
    ['an object that is tagged as one', tagged({ url, toString: () => evil }), evil],
    ['an object that inherits from one', Object.assign(Object.create(new Request(url)), { toString: () => evil }), evil],
    ['an object that inherits from its prototype', Object.assign(Object.create(Request.prototype), { toString: () => evil }), evil],
    ['an object that looks like one', { url, method: 'GET', headers: new Headers(), toString: () => evil }, evil],
    ['a URL', new URL(url), url],
    ['a location', { href: evil, toString: () => url }, url],
    ['a list', [url], url],
  ])('%s → is its text, as with fetch', (_, input, text) => {
    for (const hasOwnFetch of [false, true]) expect(readInput(input, hasOwnFetch)).toEqual({ text })
  })

  it.each([url, undefined, null, 42])('%o → is itself', (input) => {
    expect(readInput(input, true)).toEqual({ text: input })
  })

  it('one of another package → is its text, but where its fetch may have been given', () => {
    const request = new PackageRequest(url)
    expect(readInput(request, false)).toEqual({ text: '[object Request]' })
    expect(readInput(request, true)).toEqual({ request, url, isForeign: true })
  })

  it('an object that shows another URL each time → is asked once, and that URL counts', () => {
    let asked = 0
    const input = Object.defineProperty(tagged({}), 'url', { get: () => `https://host-${++asked}.example/` })
    expect((readInput(input, true) as RequestInput).url).toBe('https://host-1.example/')
    expect(asked).toBe(1)
  })

  it('where the platform has a Request without getters (React Native) → by its own field', () => {
    class PlainRequest {
      url = url
      method = 'PUT'
    }
    vi.stubGlobal('Request', PlainRequest)
    const request = new PlainRequest() as unknown as Request
    const source = { request, url, isForeign: false }
    expect(readInput(request, true)).toEqual(source)
    expect(readField(source, 'method')).toBe('PUT')
  })

  it('where the platform has none → everything else', () => {
    vi.stubGlobal('Request', undefined)
    expect(readInput(new URL(url), true)).toEqual({ text: url })
    expect(readInput({ toString: () => url }, true)).toEqual({ text: url })
  })
})

it('fields of a subclass that shows others → are those of the platform', async () => {
  const request = new LyingRequest(url, { method: 'POST', body: 'b', headers: { a: '1' } })
  const source = { request, url, isForeign: false }
  expect([readField(source, 'method'), readField(source, 'headers').get('a'), readField(source, 'headers').get('lie')]).toEqual([
    'POST',
    '1',
    null,
  ])
})

/** What a function makes of an init. */
function changeWith(change: (source: RequestInput, init: RequestInit) => void, source: RequestInput, init: RequestInit): RequestInit {
  const copy = { ...init }
  change(source, copy)
  return copy
}

const referring = () => new Request(url, { referrer: 'https://page.ok/from', referrerPolicy: 'no-referrer' })
const sourceOf = (request: Request): RequestInput => ({ request, url, isForeign: false })

describe('the init that goes with a Request', () => {
  it.each([
    ['none', {}],
    ['one that says nothing', { signal: undefined } as never],
  ])('of the caller: %s → keeps referrer and policy, which an init such as ours would reset', (_, init) => {
    const completed = changeWith(completeInit, sourceOf(referring()), init)
    const sent = new Request(referring(), { ...completed, headers: { a: '1' } })
    expect([sent.referrer, sent.referrerPolicy]).toEqual(['https://page.ok/from', 'no-referrer'])
  })

  it.each([
    ['none', '', ''],
    ['the page itself', 'about:client', undefined],
    ['another page', 'https://page.ok/from', 'https://page.ok/from'],
  ])('and a referrer that is %s → %j', (_, referrer, expected) => {
    const init = changeWith(completeInit, sourceOf(new Request(url, { referrer })), {})
    expect(init.referrer).toBe(expected)
    expect(new Request(new Request(url, { referrer }), { ...init, headers: {} }).referrer).toBe(referrer)
  })

  it('of the caller, that says something → resets them, as with fetch', () => {
    const completed = changeWith(completeInit, sourceOf(referring()), { cache: 'no-store' })
    const [sent, plain] = [new Request(referring(), completed), new Request(referring(), { cache: 'no-store' })]
    expect([sent.referrer, sent.referrerPolicy]).toEqual([plain.referrer, plain.referrerPolicy])
    expect(completed).toEqual({ cache: 'no-store' })
  })

  it('the init that goes with a Request → leaves all else of the Request as it is', () => {
    const fields = { method: 'PUT', mode: 'same-origin', credentials: 'include', cache: 'reload', redirect: 'error', integrity: 'sha256-x', keepalive: true } as const // biome-ignore format: one line
    const request = new Request(url, fields)
    expect(new Request(request, { ...changeWith(completeInit, sourceOf(request), {}), headers: { a: '1' } })).toMatchObject(fields)
  })

  it('of the mode no-cors → has cors', () => {
    const request = new Request(url, { mode: 'no-cors' })
    expect(changeWith(completeInit, sourceOf(request), {}).mode).toBe('cors')
    expect(changeWith(completeInit, sourceOf(request), { mode: 'same-origin' }).mode).toBe('same-origin')
  })
})

describe('all that a Request says, as an init', () => {
  const { signal } = new AbortController()

  it('of this platform → its fields, but for the body', () => {
    const fields = { method: 'PUT', mode: 'same-origin', credentials: 'include', cache: 'reload', redirect: 'error', integrity: 'sha256-x', keepalive: true } as const // biome-ignore format: one line
    const all = changeWith(spreadRequest, sourceOf(new Request(url, { ...fields, body: 'b', headers: { a: '1' } })), {})
    expect(all).toMatchObject(fields)
    expect(all.body).toBeUndefined()
  })

  it('of another package → its fields, and those that only it knows', () => {
    const request = new PackageRequest(url, { method: 'PUT', signal, body: 'b', headers: { a: '1' } }) as unknown as Request
    const all = changeWith(spreadRequest, { request, url, isForeign: true }, {})
    expect([all.method, all.signal, all.body, new Headers(all.headers).get('a')]).toEqual(['PUT', signal, undefined, '1'])
    expect(all).toMatchObject({ agent: 'of the package' })
  })

  it("and the caller's init → that comes first, its null and its body, too", () => {
    const source = sourceOf(new Request(url, { method: 'PUT', signal, cache: 'reload' }))
    const all = changeWith(spreadRequest, source, { method: 'POST', signal: null, body: 'c', cache: undefined } as never)
    expect(all).toMatchObject({ method: 'POST', signal: null, body: 'c', cache: 'reload' })
    expect(all.referrerPolicy).toBeUndefined()
  })
})
