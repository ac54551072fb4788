import { type PathSource, type Paths, readAll } from './paths.ts'

/** A JSON value that is no list and no object. */
export type Scalar = string | number | boolean | null

/**
 * Which replies are meant: all that is given has to hold. Of a list of rules, the first one that matches counts. Values are
 * compared with their JSON types; headers, cookies and the whole text are strings.
 */
export interface ReplyMatch {
  status?: number | readonly number[] | undefined
  /** Into the body or the headers; `''` is the whole text. Without `is`, `isNot` and `contains`: something is there. */
  path?: Paths | undefined
  is?: Scalar | readonly Scalar[] | undefined
  /** Something else is there. */
  isNot?: Scalar | readonly Scalar[] | undefined
  /** One of these is a part of the string. */
  contains?: string | readonly string[] | undefined
  /** Of `isRejection`: such a 2xx carried out nothing, so a call of any method may be sent again. */
  notApplied?: boolean | undefined
}

/** A reply that rules are held against. */
export interface MatchableReply extends PathSource {
  readonly status: number
  readonly text?: string | undefined
}

/** Whether a rule means a reply. */
export function matchesReply(reply: MatchableReply, { status, path, is, isNot, contains }: ReplyMatch): boolean {
  if (status !== undefined && ![status].flat().includes(reply.status)) return false
  if (path === undefined) return true
  const isRight = (value: unknown): boolean => {
    if (value === undefined || (is === undefined && (value === null || value === ''))) return false
    if (is !== undefined && !listOf(is).includes(value)) return false
    if (isNot !== undefined && listOf(isNot).includes(value)) return false
    return contains === undefined || (typeof value === 'string' && [contains].flat().some((part) => value.includes(part)))
  }
  return [path].flat().some((one) => (one === '' ? [reply.text] : readAll(reply, one)).some(isRight))
}

function listOf(values: Scalar | readonly Scalar[]): readonly unknown[] {
  return [values].flat()
}
