import { ConfigurationError } from './errors.ts'
import { createBare } from './plain-data.ts'

/** Checks the value of an option. @throws ConfigurationError naming the option; the message never repeats the value */
export interface Check {
  (option: string, value: unknown): void
  /** What to do where the option is missing. Only of options that must be there: see {@link required}. */
  readonly ifMissing?: string
}

export type RequiredCheck = Check & { readonly ifMissing: string }

/**
 * A check for each field of an interface (of all members of a union), and for no other name. A field without its check
 * does not compile, nor does a mandatory field whose check is not {@link required}.
 */
export type Checks<T> = { readonly [K in FieldOf<T>]: true extends CanLack<T, K> ? Check : RequiredCheck }

type FieldOf<T> = T extends unknown ? keyof T : never
type CanLack<T, K extends PropertyKey> = T extends unknown
  ? K extends keyof T
    ? Record<never, never> extends Pick<T, K>
      ? true
      : false
    : true
  : never

/** @throws ConfigurationError with the message, which continues a sentence that begins with the option's name */
export function check(option: string, isRight: boolean, message: string): asserts isRight {
  if (!isRight) throw new ConfigurationError(option, message)
}

/** Makes a check of a predicate; the rule completes «must be …». */
export function must(rule: string, isRight: (value: unknown) => boolean): Check {
  return (option, value) => check(option, isRight(value), `must be ${rule}`)
}

/** Says that an option must be there, and what to do where it is not. */
export function required(inner: Check, ifMissing = ''): RequiredCheck {
  return Object.assign<Check, { ifMissing: string }>((option, value) => inner(option, value), { ifMissing })
}

// An option that holds a credential, as environment variables do: there, `undefined` is a mistake.
const credential = /^(client(Id|Secret|Key)|password(Md5)?|refreshToken|code|key)$/

/**
 * Checks an object of options, and gives a copy of what it itself has: it inherits nothing. An explicit `undefined` counts
 * as left out, but for credentials: an environment variable that is missing must not make another client of this one.
 * @param root what the object is called where it is none
 * @param path what stands before the name of an option
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function readFields<T extends object>(root: string, value: T, checks: Checks<T>, path = ''): T {
  anObject(root, value)
  const table = checks as Readonly<Record<string, Check>>
  const own = createBare()
  for (const [name, inner] of Object.entries(value)) {
    const option = path + name
    if (!Object.hasOwn(table, name)) throw new ConfigurationError(option, describeUnknown(name, Object.keys(table)))
    check(option, inner !== undefined || !credential.test(name), 'is undefined: is an environment variable missing?')
    if (inner === undefined) continue
    table[name]?.(option, inner)
    own[name] = inner
  }
  for (const [name, inner] of Object.entries(table)) {
    const isThere = name in own || !Object.hasOwn(inner, 'ifMissing')
    check(path + name, isThere, inner.ifMissing ? `is missing: ${inner.ifMissing}` : 'is missing')
  }
  return own as T
}

/** An object with these fields and no others. */
export function objectOf<T extends object>(checks: Checks<T>): Check {
  return (option, value) => void readFields(option, value as T, checks, `${option}.`)
}

/** An object with any names, and such values. */
export function recordOf(inner: Check): Check {
  return (option, value) => {
    anObject(option, value)
    for (const [name, entry] of Object.entries(value as object)) inner(`${option}.${name}`, entry)
  }
}

/** A non-empty list of such values. */
export function listOf(inner: Check): Check {
  return (option, value) => {
    check(option, Array.isArray(value) && value.length > 0, 'must be a non-empty list')
    for (const [index, entry] of value.entries()) inner(`${option}[${index}]`, entry)
  }
}

/** One such value, or a list of them. */
export function oneOrMore(inner: Check): Check {
  return (option, value) => (Array.isArray(value) ? listOf(inner) : inner)(option, value)
}

export function oneOf(...values: readonly string[]): Check {
  return must(`'${values.join("' or '")}'`, (value) => values.includes(value as string))
}

export function numberFrom(least: number, most = Infinity): Check {
  const range = most === Infinity ? `${least} or more` : `${least} to ${most}`
  return must(`a number, ${range}`, (value) => Number.isFinite(value) && (value as number) >= least && (value as number) <= most)
}

// Functions, and not made by calls: bundlers keep a call at module level.
export const aString: Check = (option, value) => check(option, typeof value === 'string', 'must be a string')
export const nonEmptyString: Check = (option, value) =>
  check(option, typeof value === 'string' && value !== '', 'must be a non-empty string')
export const trueOrFalse: Check = (option, value) => check(option, typeof value === 'boolean', 'must be true or false')
export const aFunction: Check = (option, value) => check(option, typeof value === 'function', 'must be a function')
export const anObject: Check = (option, value) =>
  check(option, typeof value === 'object' && value !== null && !Array.isArray(value), 'must be an object')

/** What is wrong with a name that nobody knows: names the one that was probably meant, else all that there are. */
export function describeUnknown(name: string, known: readonly string[]): string {
  let nearest: string | undefined
  let least = Infinity
  for (const candidate of known) {
    const [a, b] = [simplify(name), simplify(candidate)]
    const changes = countChanges(a, b)
    const isPart = Math.min(a.length, b.length) > 3 && (a.includes(b) || b.includes(a))
    if (changes < least && (isPart || changes <= Math.max(a.length, b.length) / 3)) {
      nearest = candidate
      least = changes
    }
  }
  return nearest === undefined ? `is unknown; there are ${known.join(', ')}` : `is unknown: did you mean ${nearest}?`
}

/** Case and separators aside: `client_secret` is `clientSecret`. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** The edit distance by Levenshtein: insertions, deletions and replacements of single characters. */
function countChanges(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()]
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1]
    for (let at = 0; at < b.length; at++) {
      const replaced = (row[at] as number) + (letter === b[at] ? 0 : 1)
      next.push(Math.min(replaced, (row[at + 1] as number) + 1, (next[at] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
