import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { callFunction } from '../../../src/base/call-function.ts'
import { SignInRequiredError, type TokenwellError } from '../../../src/base/errors.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function failureOf(call: () => unknown, withinMs?: number): Promise<TokenwellError> {
  const outcome = callFunction('clientSecret', call, withinMs).then(
    () => expect.unreachable(),
    (error: TokenwellError) => error,
  )
  await vi.advanceTimersByTimeAsync(60_000)
  return outcome
}

it.each([['text'], [undefined], [0]])('what a function gives is given on: %j', async (value) => {
  expect(await callFunction('x', () => value)).toBe(value)
  expect(await callFunction('x', async () => value)).toBe(value)
  expect(vi.getTimerCount()).toBe(0)
})

describe('a function that throws', () => {
  it.each<[string, unknown, string]>([
    ['an error', new TypeError('hunter2'), 'TypeError'],
    ['one with a code', Object.assign(new Error('hunter2'), { code: 'ECONNREFUSED' }), 'Error (ECONNREFUSED)'],
    ['a text', 'hunter2', 'Error'],
    ['nothing', undefined, 'Error'],
  ])('%s: a retryable failure with its name and code, without its text', async (_, thrown, shown) => {
    const fail = () => {
      throw thrown
    }
    for (const call of [fail, async () => fail()]) {
      const error = await failureOf(call)
      expect(error).toMatchObject({ code: 'function_failed', option: 'clientSecret', retryable: true })
      expect(error.message).toContain(`clientSecret: its function threw ${shown}.`)
      expect(`${error.message} ${error.stack} ${error.cause} ${JSON.stringify(error)}`).not.toContain('hunter2')
    }
  })
  it('an error of ours: that is the cause', async () => {
    const inner = new SignInRequiredError('Sign in.')
    const error = await failureOf(() => Promise.reject(inner))
    expect(error.cause).toBe(inner)
    expect(error.message).toContain('SignInRequiredError (sign_in_required)')
  })
})

it.each([
  [undefined, 10_000],
  [500, 500],
])('a function that hangs is given up within %s ms', async (withinMs, expected) => {
  const error = await failureOf(() => new Promise(() => {}), withinMs)
  expect(error).toMatchObject({ code: 'function_failed', message: expect.stringContaining(`did not answer within ${expected} ms`) })
  expect(error.cause).toBeUndefined()
})

it('one that rejects when it has been given up disturbs nobody', async () => {
  const error = await failureOf(() => new Promise((_, reject) => setTimeout(reject, 5000, new Error('late'))), 100)
  expect(error.code).toBe('function_failed')
})
