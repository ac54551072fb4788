import { check } from '../base/check.ts'

/** What RFC 3986 allows in a path, but for `;`, which some servers cut off with what follows it. */
const plainPath = /^\/[\w\-.~!$&'()*+,=:@%/]*$/
const encodedRun = /(?:%[0-9a-f]{2})+/gi
/** Encoded, these would change what a path means to a server that decodes it early, or twice. */
const structural = /[./\\;%?#\p{Cc}\u2028\u2029]/u
/** Dots and what systems trim or overlook: a step upwards where somebody cleans names. */
const dotsAndBlanks = /^[.\s\p{Z}\p{Cf}]+$/u

/**
 * Makes sure that a path has no parameters as other routers know them (`:id`, `{id}`, `[id]`, `<id>`): it would match nothing.
 * @throws ConfigurationError naming the option
 */
export function checkNoPattern(option: string, path: unknown): void {
  const parameter = typeof path === 'string' && /\/:[\w-]|[{}[\]<>]|\(\?|\(\.[*+]/.test(path)
  check(option, !parameter, "must have no parameters such as ':id', '{id}' or '[id]': a final '/*' matches further segments")
}

/** A path as the upstream gets it, once the prefix is off; `undefined` for one that no route may match. */
export function cutPrefix(pathname: string, prefix: string): string | undefined {
  if (!isPlainPath(pathname) || !pathname.startsWith(`${prefix}/`)) return undefined
  return pathname.slice(prefix.length)
}

/**
 * Whether a path that has been through the URL parser means the same to every server that may read it. It has no `.` or `..`,
 * no empty segment but the last, and no `\` or `;`. Nothing encoded is one of these, or is not UTF-8.
 */
export function isPlainPath(path: string): boolean {
  return plainPath.test(path) && !path.includes('//') && path.split('/').every(isPlainSegment)
}

function isPlainSegment(segment: string): boolean {
  if (!segment.includes('%')) return !dotsAndBlanks.test(segment)
  let isPlain = true
  const decoded = segment.replace(encodedRun, (run) => {
    const text = decode(run)
    // NFKC: to some servers a full-width solidus is one.
    if (text === undefined || structural.test(text.normalize('NFKC'))) isPlain = false
    return text ?? ''
  })
  return isPlain && !decoded.includes('%') && !dotsAndBlanks.test(decoded)
}

/** `undefined` for what is not UTF-8, such as an overlong `/` (`%c0%af`). */
function decode(run: string): string | undefined {
  try {
    return decodeURIComponent(run)
  } catch {
    return undefined
  }
}
