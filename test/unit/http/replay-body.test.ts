import { getEventListeners } from 'node:events'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RequestBodyCopy, snapshotBody } from '../../../src/http/replay-body.ts'
import { settle } from '../../support/service.ts'

const url = 'https://api.example.com/x'
const text = async (body: BodyInit | null | undefined) => new Response(body).text()
const post = (body: BodyInit) => new Request(url, { method: 'POST', body, duplex: 'half' } as RequestInit)

afterEach(() => void vi.useRealTimers())

describe('a body of init', () => {
  const buffer = new TextEncoder().encode('0123456789').buffer
  it.each([
    ['a text', 'abc', 'abc'],
    ['an empty text', '', ''],
    ['a number, as fetch takes it', 42, '42'],
    ['a Blob', new Blob(['a', 'bc']), 'abc'],
    ['URLSearchParams', new URLSearchParams({ a: 'b c&d' }), 'a=b+c%26d'],
    ['an ArrayBuffer', buffer, '0123456789'],
    ['a Uint8Array', new Uint8Array(buffer), '0123456789'],
    ['a Uint8Array with an offset', new Uint8Array(buffer, 3, 4), '3456'],
    ['a subarray', new Uint8Array(buffer).subarray(8), '89'],
    ['a Uint16Array with an offset', new Uint16Array(buffer, 2, 2), '2345'],
    ['a DataView with an offset', new DataView(buffer, 5, 1), '5'],
    ['an empty view', new Uint8Array(buffer, 10), ''],
  ])('%s → can be sent twice, with the same bytes', async (_, body, expected) => {
    const snapshot = snapshotBody(body)
    expect([await text(snapshot?.body), await text(snapshot?.body)]).toEqual([expected, expected])
  })

  it.each([
    ['a Uint8Array', () => new Uint8Array([1, 2, 3]), (body: Uint8Array) => body.fill(9)],
    ['an ArrayBuffer', () => new Uint8Array([1, 2, 3]).buffer, (body: ArrayBuffer) => new Uint8Array(body).fill(9)],
    ['a Float64Array', () => new Float64Array([1, 2, 3]), (body: Float64Array) => body.fill(9)],
    ['URLSearchParams', () => new URLSearchParams('a=1'), (body: URLSearchParams) => body.set('a', '2')],
    [
      'an ArrayBuffer that is handed away',
      () => new Uint8Array([1, 2, 3]).buffer,
      (body: ArrayBuffer) => structuredClone(body, { transfer: [body] }),
    ],
  ])('%s that is changed after the call → is sent as it was', async (_, create, change) => {
    const body = create()
    const before = await text(create() as BodyInit)
    const snapshot = snapshotBody(body)
    ;(change as (body: unknown) => void)(body)
    expect(await text(snapshot?.body)).toBe(before)
  })

  it('FormData that is changed after the call → is sent as it was, with repeated names, files and their names', async () => {
    const form = new FormData()
    form.append('a', '1')
    form.append('a', '2')
    form.append('file', new File(['content'], 'name.txt', { type: 'text/plain' }))
    const snapshot = snapshotBody(form)?.body as FormData
    form.set('a', 'changed')
    form.delete('file')
    expect(snapshot.getAll('a')).toEqual(['1', '2'])
    const file = snapshot.get('file') as File
    expect([file.name, file.type, await file.text()]).toEqual(['name.txt', 'text/plain', 'content'])
  })

  it('FormData that is plain data, as in React Native → is taken as it is', () => {
    class PlainFormData {
      parts = []
    }
    vi.stubGlobal('FormData', PlainFormData)
    const form = new PlainFormData()
    expect(snapshotBody(form)?.body).toBe(form)
    vi.unstubAllGlobals()
  })

  it.each([
    ['an ArrayBuffer', 'Uint8Array.of(1, 2).buffer', [1, 2]],
    ['a view', 'new Uint8Array([1, 2, 3]).subarray(1)', [2, 3]],
  ])('%s of another realm → can be sent twice, as it was', async (_, code, expected) => {
    const body = runInNewContext(code)
    const snapshot = snapshotBody(body)
    new Uint8Array(body.buffer ?? body).fill(0)
    for (let time = 0; time < 2; time++) expect([...new Uint8Array(await new Response(snapshot?.body).arrayBuffer())]).toEqual(expected)
  })

  it('an object that says it is an ArrayBuffer → cannot be sent again', () => {
    expect(snapshotBody({ [Symbol.toStringTag]: 'ArrayBuffer', byteLength: 1, slice: () => {} })).toBeUndefined()
  })

  it.each([
    ['a stream', new ReadableStream()],
    ['an async iterable', (async function* () {})()],
    ['an iterator', [new Uint8Array(1)][Symbol.iterator]()],
    ['an object', {}],
  ])('%s → is not touched, and cannot be sent again', (_, body) => {
    expect(snapshotBody(body)).toBeUndefined()
    if (body instanceof ReadableStream) expect(body.locked).toBe(false)
  })
})

describe('the body of a Request', () => {
  it('the body of a Request → is copied while the request itself is sent', async () => {
    const request = post('the body')
    const copy = new RequestBodyCopy(request, 100)
    expect(await request.text()).toBe('the body')
    const body = (await copy.take())?.body
    expect([await text(body), await text(body)]).toEqual(['the body', 'the body'])
  })

  it.each([
    [10, true],
    [9, false],
    [0, false],
  ])('of 10 bytes, with room for %i → kept: %s', async (maxBytes, isKept) => {
    const request = post('0123456789')
    const copy = new RequestBodyCopy(request, maxBytes)
    expect(await request.text()).toBe('0123456789')
    expect((await copy.take()) !== undefined).toBe(isKept)
  })

  it('that comes in pieces, of which the sum is too large → is dropped, and the request still has all of them', async () => {
    let pieces = 5
    const request = post(
      new ReadableStream({
        pull: (controller) => (pieces-- > 0 ? controller.enqueue(new Uint8Array(4).fill(65)) : controller.close()),
      }),
    )
    const copy = new RequestBodyCopy(request, 10)
    expect(await copy.take()).toBeUndefined()
    expect(await request.text()).toBe('A'.repeat(20))
  })

  it('that has already been used → a TypeError, as with fetch', async () => {
    const request = post('b')
    await request.text()
    expect(() => new RequestBodyCopy(request, 100)).toThrow(TypeError)
  })

  it('that has not ended a second after the API has answered → is not waited for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const copy = new RequestBodyCopy(post(new ReadableStream()), 100)
    let taken: unknown = 'waiting'
    void copy.take().then((body) => {
      taken = body
    })
    await vi.advanceTimersByTimeAsync(999)
    expect(taken).toBe('waiting')
    // A further turn, for what has arrived.
    await vi.advanceTimersByTimeAsync(1 + 20)
    expect(taken).toBeUndefined()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('whose caller aborts before it has ended → is no body, not half of one, and nobody listens any more', async () => {
    const source = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(4)) })
    const copy = new RequestBodyCopy(post(source), 100)
    const controller = new AbortController()
    const taken = copy.take(controller.signal)
    await settle()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort()
    expect(await taken).toBeUndefined()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  it('that somebody is reading → a TypeError of ours', () => {
    const request = post('b')
    request.body?.getReader()
    expect(() => new RequestBodyCopy(request, 100)).toThrow(new TypeError('The body of the request has already been used.'))
  })

  it('that fails → cannot be sent again, and nothing is unhandled', async () => {
    const request = post(
      new ReadableStream({
        start(controller) {
          controller.error(new Error('the source broke'))
        },
      }),
    )
    const copy = new RequestBodyCopy(request, 100)
    await settle()
    expect(await copy.take()).toBeUndefined()
  })

  it('that is dropped → is read no further, so that its source learns when the request is cancelled too', async () => {
    const cancelled = vi.fn()
    const request = post(new ReadableStream({ cancel: cancelled }))
    const copy = new RequestBodyCopy(request, 100)
    copy.drop()
    copy.drop()
    await request.body?.cancel()
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('where the platform does not show it (Firefox) → is kept whole, whatever its size', async () => {
    const request = post('0123456789')
    const hidden = {
      bodyUsed: false,
      clone: () => {
        const clone = request.clone()
        return { blob: () => clone.blob() }
      },
    }
    expect(await text((await new RequestBodyCopy(hidden as Request, 1).take())?.body)).toBe('0123456789')
  })
})
