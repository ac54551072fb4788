import { vi } from 'vitest'
import { isTokenwellError, type TokenwellError } from '../../src/base/errors.ts'
import type { Token } from '../../src/token/token.ts'
import type { TokenAnswer } from '../../src/token/token-source.ts'

/** The token of an answer; rejects with the refusal. */
export async function tokenOf(answer: TokenAnswer | Promise<TokenAnswer>): Promise<Token> {
  const settled = await answer
  if (settled.is === 'refused') throw settled.error
  return settled.token
}

/** Lets fake time pass until an answer is there: its token, or the error that says why there is none. */
export async function settle(answer: Promise<TokenAnswer>): Promise<Token | TokenwellError> {
  const outcome = tokenOf(answer).catch((error: unknown) => {
    if (!isTokenwellError(error)) throw error
    return error
  })
  // Longer than all attempts and their pauses together.
  await vi.advanceTimersByTimeAsync(600_000)
  return outcome
}
