import { afterEach, describe, expect, it, vi } from 'vitest'
import { canRejectOk, findRejection } from '../../../src/http/find-rejection.ts'
import type { ReplyMatch } from '../../../src/vocabulary/reply-match.ts'
import { testProvider } from '../../support/test-provider.ts'

const gone: ReplyMatch = { status: 200, path: 'error.code', is: [105, 106] }
const body = '{"error":{"code":106}}'
const reply = (text: BodyInit | null, type: string, status = 200) =>
  new Response(text, { status, headers: type ? { 'content-type': type } : {} })
const spied = (response: Response) => Object.assign(response, { clone: vi.fn(() => Response.prototype.clone.call(response)) })

afterEach(() => void vi.useRealTimers())

it.each<[ReplyMatch | ReplyMatch[] | undefined, boolean]>([
  [undefined, false],
  [{ status: 403 }, false],
  [{ path: 'error' }, false],
  [{ status: [403, 300, 199] }, false],
  [{ status: 200 }, true],
  [[{ status: 403 }, { status: [401, 299] }], true],
])('rules %j see a success: %s', (isRejection, expected) => {
  expect(canRejectOk(testProvider(isRejection && { isRejection }))).toBe(expected)
})

describe('a success', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/problem+json',
    'text/json',
    'text/plain',
    'text/html; charset=utf-8',
    'TEXT/HTML',
  ])('of the type %j → is looked into, and can be read after that', async (type) => {
    const response = reply(` \n${body}`, type)
    expect(await findRejection(response, gone, 1_000)).toBe(gone)
    expect([response.bodyUsed, await response.text()]).toEqual([false, ` \n${body}`])
  })

  it.each([
    '',
    'image/jpeg',
    'video/mp4',
    'application/octet-stream',
    'multipart/x-mixed-replace',
    'text/event-stream',
    'application/x-ndjson',
    'application/json-seq',
    'application/stream+json',
    'text/javascript',
  ])('of the type %j → is not touched, and means nothing', async (type) => {
    const response = spied(new Response(new Blob([body]).stream(), { headers: type ? { 'content-type': type } : {} }))
    expect(await findRejection(response, gone, 1_000)).toBeUndefined()
    expect(response.clone).not.toHaveBeenCalled()
  })

  it.each(['Page of "error": {"code":106}', '<html>{"error":{"code":106}}', '"x"', ''])(
    'of text that begins otherwise, %j → means nothing',
    async (text) => {
      const rule = { status: 200, path: '', contains: '106' }
      expect(await findRejection(reply(text, 'text/html'), rule, 1_000)).toBeUndefined()
      expect(await findRejection(reply('["106"]', 'text/html'), rule, 1_000)).toBe(rule)
    },
  )

  it('text that goes on, and is no JSON → its beginning is enough', async () => {
    const stream = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('log line 1\n')) })
    const response = reply(stream, 'text/plain')
    expect(await findRejection(response, gone, 60_000)).toBeUndefined()
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('log line 1\n')
  })

  it.each([
    [
      'that says that it is long',
      () => new Response(body, { headers: { 'content-type': 'application/json', 'content-length': '65537' } }),
      0,
    ],
    ['that is long', () => reply(`${body.slice(0, -1)}, "pad": "${'x'.repeat(65_536)}"}`, 'application/json'), 1],
  ])('%s → means nothing', async (_, create, clones) => {
    const response = spied(create())
    expect(await findRejection(response, gone, 1_000)).toBeUndefined()
    expect(response.clone).toHaveBeenCalledTimes(clones)
    expect((await response.text()).length).toBeGreaterThan(10)
  })

  it('of exactly 64 KiB → costs one clone', async () => {
    const response = spied(reply(body + ' '.repeat(65_536 - body.length), 'application/json'))
    expect(await findRejection(response, [{ status: 200, path: 'nothing' }, gone], 1_000)).toBe(gone)
    expect(response.clone).toHaveBeenCalledOnce()
  })

  it('that does not come in time → means nothing, and the caller alone reads on', async () => {
    vi.useFakeTimers()
    const cancelled = vi.fn()
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"a":1,')),
      cancel: cancelled,
    })
    const response = reply(stream, 'application/json')
    const found = findRejection(response, gone, 1_000)
    await vi.advanceTimersByTimeAsync(1_100)
    expect(await found).toBeUndefined()
    // Nothing of ours holds the connection.
    await response.body?.cancel()
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('whose body breaks off → means nothing', async () => {
    const stream = new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) })
    expect(await findRejection(reply(stream, 'application/json'), gone, 1_000)).toBeUndefined()
  })

  it.each<[string, ReplyMatch, ReplyMatch | undefined]>([
    ['another status', { status: 201, path: 'error' }, undefined],
    ['no status', { path: 'error' }, undefined],
    ['a list of them', { status: [403, 200], path: 'error.code', is: 106 }, { status: [403, 200], path: 'error.code', is: 106 }],
    ['another type of value', { status: 200, path: 'error.code', is: '106' }, undefined],
  ])('and a rule of %s → %j', async (_, rule, expected) => {
    expect(await findRejection(reply(body, 'application/json'), rule, 1_000)).toEqual(expected)
  })

  it('and a rule on a header → the body is not touched, of whatever type', async () => {
    const rule = { status: 200, path: 'header:x-session', is: 'expired' }
    const response = spied(new Response(body, { headers: { 'x-session': 'expired', 'content-type': 'application/json' } }))
    expect(await findRejection(response, rule, 1_000)).toBe(rule)
    expect(response.clone).not.toHaveBeenCalled()
  })

  it('the first rule that matches counts', async () => {
    const first = { ...gone, notApplied: true }
    expect(await findRejection(reply(body, 'application/json'), [{ status: 200, path: 'no' }, first, gone], 1_000)).toBe(first)
  })
})

describe('what is no success', () => {
  it.each(['text/event-stream', 'text/xml', 'application/json', ''])(
    'of the type %j → is looked into, by rules of any status',
    async (type) => {
      const rule = { path: '', contains: 'ExpiredToken' }
      const response = reply('<e>ExpiredToken</e>', type, 400)
      expect(await findRejection(response, [{ status: 403 }, rule], 5_000)).toBe(rule)
      expect(await response.text()).toBe('<e>ExpiredToken</e>')
    },
  )

  it('and a rule of its status alone → its body is not touched', async () => {
    const response = spied(reply('x', 'text/plain', 419))
    expect(await findRejection(response, { status: 419 }, 5_000)).toEqual({ status: 419 })
    expect(response.clone).not.toHaveBeenCalled()
  })
})

describe('a success that would be waited for', () => {
  const rule = { status: 200, path: 'error' }
  // As node-fetch's: its clone ends only where somebody reads the original.
  const nodeLike = (headers: Record<string, string>) =>
    ({
      status: 200,
      ok: true,
      headers: new Headers({ 'content-type': 'application/json', ...headers }),
      body: { pipe() {} },
      clone: vi.fn(() => ({ body: null, text: async () => '{"error":1}' })),
    }) as unknown as Response & { clone: ReturnType<typeof vi.fn> }

  it.each<[string, Record<string, string>, boolean]>([
    ['short', { 'content-length': '11' }, true],
    ['longer than its buffers', { 'content-length': '16385' }, false],
    ['of unknown length', {}, false],
  ])('no web stream, and %s → is looked into: %3$s', async (_, headers, isRead) => {
    const response = nodeLike(headers)
    expect(await findRejection(response, rule, 1_000)).toEqual(isRead ? rule : undefined)
    expect(response.clone).toHaveBeenCalledTimes(isRead ? 1 : 0)
  })

  it('white space without an end → is left after its first thousand characters', async () => {
    let chunks = 0
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++chunks > 60_000) controller.close()
        else controller.enqueue(new Uint8Array([32]))
      },
    })
    const response = reply(stream, 'text/plain')
    expect(await findRejection(response, rule, 60_000)).toBeUndefined()
    expect(chunks).toBeLessThan(1_100)
    await response.body?.cancel()
  })

  it('some white space before its JSON → is looked into', async () => {
    expect(await findRejection(reply(`${' '.repeat(1_000)}{"error":1}`, 'text/plain'), rule, 1_000)).toEqual(rule)
  })
})
