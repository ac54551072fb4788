import { aFunction, aString, type Checks, listOf, must, nonEmptyString, oneOf, oneOrMore, required, trueOrFalse } from '../base/check.ts'
import { aPath, extraFields } from './checks.ts'
import type { ErrorRule, TokenResponseProfile } from './provider.ts'
import { checkMatch, matchChecks } from './reply-match-checks.ts'

export function responseChecks(): Checks<TokenResponseProfile> {
  const paths = oneOrMore(aPath)
  return {
    accessToken: paths,
    refreshToken: paths,
    tokenType: paths,
    scope: paths,
    expiresIn: paths,
    expiresAt: paths,
    refreshExpiresIn: paths,
    refreshExpiresAt: paths,
    apiUrl: paths,
    expiresInUnit: oneOf('s', 'ms'),
    zeroMeansNever: trueOrFalse,
    defaultLifetimeMs: must(
      "a number of milliseconds above 0, or 'never'",
      (value) => value === 'never' || (typeof value === 'number' && value > 0),
    ),
    lifetimeFrom: oneOf('response', 'jwt'),
    scopeSeparator: aString,
    extra: extraFields,
    isSuccess: aFunction,
    error: (option, value) => (typeof value === 'function' ? aFunction : listOf(anErrorRule))(option, value),
  }
}

const anErrorRule = (option: string, value: unknown): void => {
  const { notApplied: _, ...match } = matchChecks()
  checkMatch<ErrorRule>(option, value, { ...match, error: required(nonEmptyString), description: oneOrMore(aPath) })
}
