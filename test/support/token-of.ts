import type { Token } from '../../src/token/token.ts'
import type { TokenAnswer } from '../../src/token/token-source.ts'

/** The token of an answer; rejects with the refusal. */
export async function tokenOf(answer: TokenAnswer | Promise<TokenAnswer>): Promise<Token> {
  const settled = await answer
  if (settled.is === 'refused') throw settled.error
  return settled.token
}
