import { type Check, type Checks, check, must, nonEmptyString, objectOf, oneOrMore, trueOrFalse } from '../base/check.ts'
import { aPath } from './checks.ts'
import type { ReplyMatch } from './reply-match.ts'

export function matchChecks(): Checks<ReplyMatch> {
  const scalar = must(
    'a string, a number, true, false or null, or a list of these',
    (value) => value === null || /^(string|number|boolean)$/.test(typeof value),
  )
  return {
    status: oneOrMore(
      must('a status, from 100 to 599', (value) => Number.isInteger(value) && (value as number) >= 100 && (value as number) < 600),
    ),
    path: oneOrMore(aPath),
    is: oneOrMore(scalar),
    isNot: oneOrMore(scalar),
    contains: oneOrMore(nonEmptyString),
    notApplied: trueOrFalse,
  }
}

/** A rule of `isRejection`. */
export const aReplyMatch: Check = (option, value) => checkMatch<ReplyMatch>(option, value, matchChecks())

/** Checks the fields of a rule, and what they must be to each other. */
export function checkMatch<T extends ReplyMatch>(option: string, value: unknown, checks: Checks<T>): void {
  objectOf<T>(checks)(option, value)
  const { status, path, is, isNot, contains } = value as ReplyMatch
  check(option, status !== undefined || path !== undefined, 'has no condition: give status or path')
  const compared = [is, isNot].flat().filter((one) => one !== undefined)
  const isCompared = compared.length > 0 || contains !== undefined
  check(`${option}.path`, path !== undefined || !isCompared, 'is missing: what shall be compared?')
  const isText = [path ?? []].flat().some((one) => /^$|^(header|cookie):/.test(one))
  const isComparable = !isText || compared.every((one) => typeof one === 'string')
  check(option, isComparable, 'compares a header, a cookie or the whole text, which are strings, with something else')
}
