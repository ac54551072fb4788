import { TokenEndpointError } from '../../src/base/errors.ts'
import { kindOf } from '../../src/base/failure-kind.ts'
import type { Token } from '../../src/token/token.ts'
import type { TokenAnswer, TokenSource } from '../../src/token/token-source.ts'

/** What was asked of a scripted source: the grant, or a refresh (access) token that was presented. */
export type Asked = 'grant' | `refresh ${string}` | `access ${string}`

export interface ScriptedSource extends TokenSource {
  /** Everything that was asked, in order. */
  readonly asked: Asked[]
  /** Answers the next question: with a token, or an error. Without a script, a token of an hour. */
  answer: (asked: Asked, count: number) => Token | Error | Promise<Token | Error>
}

export interface ScriptedSourceOptions {
  grant?: TokenSource['grant']
  by?: 'refresh_token' | 'access_token' | 'grant'
  credentialMark?: number | undefined
  now: () => number
}

/** A token source without a network: what the keeper and the renewal see of the token endpoint. */
export function createScriptedSource({
  grant = 'reusable',
  by = 'refresh_token',
  credentialMark,
  now,
}: ScriptedSourceOptions): ScriptedSource {
  const asked: Asked[] = []
  const source: ScriptedSource = {
    asked,
    grantType: 'client_credentials',
    credentialMark,
    grant,
    answer: (_, count) => createToken(now(), { accessToken: `token-${count}` }),
    renewableBy: ({ refreshToken, refreshableUntil }, at) => {
      if (by === 'grant' || (refreshableUntil !== undefined && refreshableUntil <= at)) return undefined
      return by === 'refresh_token' && refreshToken === undefined ? undefined : by
    },
    present: (token) => give(by === 'access_token' ? `access ${token.accessToken}` : `refresh ${token.refreshToken}`),
    prepare: async () => undefined,
    ask: () => give('grant'),
  }
  async function give(question: Asked): Promise<TokenAnswer> {
    asked.push(question)
    const answer = await source.answer(question, asked.length)
    if (answer instanceof TokenEndpointError && kindOf(answer) === 'refusal')
      return { is: 'refused', error: answer, hasWord: answer.error !== undefined }
    if (answer instanceof Error) throw answer
    return { is: 'granted', token: answer }
  }
  return source
}

/** A token of an hour, unless told otherwise. */
export function createToken(issuedAt: number, { lifetimeMs = 3_600_000, ...rest }: Partial<Token> & { lifetimeMs?: number } = {}): Token {
  return Object.freeze({ accessToken: 'token', tokenType: 'bearer', issuedAt, expiresAt: issuedAt + lifetimeMs, ...rest })
}
