import { vi } from 'vitest'
import { isTokenwellError, type TokenwellError } from '../../src/base/errors.ts'
import type { Token } from '../../src/token/token.ts'
import type { TokenAnswer } from '../../src/token/token-source.ts'
import { tokenOf } from './token-of.ts'

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
