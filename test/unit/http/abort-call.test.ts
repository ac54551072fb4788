import { describe, expect, it, vi } from 'vitest'
import { cancelBody, rejectAborted } from '../../../src/http/abort-call.ts'
import { readCall } from '../../../src/http/read-call.ts'

const url = 'https://api.ok/x'
const reason = { mine: true }
const signal = AbortSignal.abort(reason)
const read = (input: unknown, init?: object) =>
  readCall(input, init as RequestInit, {
    apiPrefix: 'https://api.ok/',
    apiEnd: 'https://api.ok0',
    tokenHeader: 'Authorization',
    isForwarded: false,
    hasOwnFetch: false,
    isRewritten: false,
    isInUrl: false,
  })

describe('a call whose signal has already aborted', () => {
  it.each([
    ['a text', () => read(url, { signal })],
    ['a text with a body', () => read(url, { signal, method: 'POST', body: 'b', headers: { a: '1' } })],
    ['a Request', () => read(new Request(url, { signal, method: 'POST', body: 'b' }))],
    ['a Request and init', () => read(new Request(url), { signal })],
  ])('of %s → rejects with the reason', (_, create) => {
    expect(rejectAborted(create(), false)).toBe(reason)
  })

  const refused: readonly (readonly [string, object])[] = [
    ['a GET with a body', { body: 'canary' }],
    ['an unknown mode', { mode: 'canary' }],
    ['a bad method', { method: 'canary x' }],
    ['a bad header', { headers: { 'canary x': '1' } }],
    ['a stream without duplex', { method: 'POST', body: new ReadableStream() }],
  ]
  it.each(refused)('of %s → rejects with a TypeError, as fetch does', async (_, init) => {
    const platform = await fetch(url, { ...init, signal } as RequestInit).catch((error: unknown) => error)
    expect(platform).toBeInstanceOf(TypeError)
    const error = rejectAborted(read(url, { ...init, signal }), false) as Error
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).not.toContain('canary')
  })

  it('of a stream of another package, whose fetch was given → rejects with the reason', () => {
    const body = (async function* () {})()
    expect(rejectAborted(read(url, { signal, method: 'POST', body }), true)).toBe(reason)
  })

  it.each([
    ['in init', (body: ReadableStream) => read(url, { signal, method: 'POST', body, duplex: 'half' })],
    ['in a Request', (body: ReadableStream) => read(new Request(url, { signal, method: 'POST', body, duplex: 'half' } as RequestInit))],
  ])('of a stream %s → its source learns that nobody reads it', async (_, create) => {
    const cancelled = vi.fn()
    rejectAborted(create(new ReadableStream({ cancel: cancelled })), false)
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalledOnce())
  })
})

describe('a call that is aborted before it is sent', () => {
  it.each([
    ['in init', (body: ReadableStream) => read(url, { signal, method: 'POST', body, duplex: 'half' })],
    ['in a Request', (body: ReadableStream) => read(new Request(url, { signal, method: 'POST', body, duplex: 'half' } as RequestInit))],
  ])('with a stream %s → its source is cancelled', async (_, create) => {
    const cancelled = vi.fn()
    cancelBody(create(new ReadableStream({ cancel: cancelled })))
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalledOnce())
  })

  it.each([
    ['none', undefined],
    ['a text', 'b'],
    ['a Blob', new Blob(['b'])],
    ['a stream that is being read', lockedStream()],
  ])('with a body that is no free stream: %s → nothing happens', (_, body) => {
    expect(() => cancelBody(read(url, { signal, method: 'POST', body }))).not.toThrow()
  })
})

function lockedStream(): ReadableStream {
  const stream = new ReadableStream()
  stream.getReader()
  return stream
}
