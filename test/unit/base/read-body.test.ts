import { Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { readBody } from '../../../src/base/read-body.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function streamOf(chunks: Uint8Array[], onCancel?: () => void): Response {
  const pull = (controller: ReadableStreamDefaultController) => {
    const chunk = chunks.shift()
    if (chunk) controller.enqueue(chunk)
    else controller.close()
  }
  return new Response(new ReadableStream({ pull, ...(onCancel && { cancel: onCancel }) }, { highWaterMark: 0 }))
}

it('characters that are cut between chunks are put together', async () => {
  const [euro] = [bytes('€')]
  expect(await readBody(streamOf([bytes('1'), euro.slice(0, 1), euro.slice(1)]), 10)).toBe('1€')
})

it('no body is an empty text', async () => {
  expect(await readBody(new Response(null), 10)).toBe('')
  expect(await readBody(new Response(''), 10)).toBe('')
})

it('a byte order mark is no part of the text', async () => expect(await readBody(streamOf([bytes('\uFEFFa')]), 10)).toBe('a'))

it('beyond the limit, in bytes, reading stops and the rest is given up', async () => {
  const onCancel = vi.fn()
  const chunks = [bytes('€€'), bytes('€€'), bytes('€€'), bytes('€€')]
  expect(await readBody(streamOf(chunks, onCancel), 11)).toBeUndefined()
  expect(onCancel).toHaveBeenCalledTimes(1)
  expect(chunks).toHaveLength(2)
})

it('a limit that is just reached is kept', async () => expect(await readBody(streamOf([bytes('€€'), bytes('€€')]), 12)).toBe('€€€€'))

describe('a stream of empty chunks without end', () => {
  const empty = new Uint8Array()
  it.each<[string, () => object]>([
    ['of the web', () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(empty) }))],
    [
      'of the web, after a text',
      () => {
        const chunks = [bytes('a')]
        return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunks.pop() ?? empty) }))
      },
    ],
    [
      'of Node',
      () => ({
        body: Readable.from(
          (function* () {
            for (;;) yield Buffer.alloc(0)
          })(),
        ),
      }),
    ],
  ])('%s → is given up', async (_, create) => {
    expect(await readBody(create() as Response, 65_536)).toBeUndefined()
  })
})

it('some empty chunks are none of a body', async () => {
  expect(await readBody(streamOf([bytes('1'), ...Array.from({ length: 100 }, () => new Uint8Array()), bytes('2')]), 65_536)).toBe('12')
})

it('a stream that cannot be given up breaks nothing', async () => {
  const stubborn = streamOf([bytes('abc')], () => {
    throw new Error('no')
  })
  expect(await readBody(stubborn, 1)).toBeUndefined()
})

describe('a response without a web stream', () => {
  const responseOf = (parts: object) => parts as Response

  it('whose body is a stream of Node (node-fetch) is read from it', async () => {
    const [first, second] = [bytes('1€').slice(0, 2), bytes('1€').slice(2)]
    expect(await readBody(responseOf({ body: Readable.from([Buffer.from(first), Buffer.from(second)]) }), 10)).toBe('1€')
  })

  it('whose stream of Node is too long is given up', async () => {
    let taken = 0
    const endless = Readable.from(
      (function* () {
        for (;;) {
          taken++
          yield Buffer.alloc(10)
        }
      })(),
      { highWaterMark: 1 },
    )
    expect(await readBody(responseOf({ body: endless }), 25)).toBeUndefined()
    expect(endless.destroyed).toBe(true)
    expect(taken).toBeLessThan(10)
  })

  it('whose stream of Node breaks rejects', async () => {
    const body = new Readable({ read: () => body.destroy(new Error('cut')) })
    await expect(readBody(responseOf({ body }), 10)).rejects.toThrow('cut')
  })

  it.each([[undefined], [null]])('whose body is %s (React Native) is read by its text', async (body) => {
    const text = vi.fn(async () => '€€')
    expect(await readBody(responseOf({ body, text }), 6)).toBe('€€')
    expect(await readBody(responseOf({ body, text }), 5)).toBeUndefined()
  })
})
