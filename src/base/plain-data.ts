import { ConfigurationError } from './errors.ts'

/** A deep copy of plain data that nobody can change; what is frozen already is taken as it is, functions too. */
export function freezeCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const copy = Array.isArray(value)
    ? value.map(freezeCopy)
    : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, freezeCopy(inner)]))
  return Object.freeze(copy) as T
}

// Nothing that anybody has to say is as deep. Depth first: what holds itself twice over ends at the first of its ways down.
const deepest = 100

// Not null itself: engines keep objects without any prototype as hash tables, which are slower and larger.
const nothing: object = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ Object.create(null))

/** An empty object that inherits nothing: what somebody has added to `Object.prototype` does not show in it. */
export function createBare(): Record<string, unknown> {
  return Object.create(nothing)
}

/**
 * A deep copy of what a profile or a grant says, for those who read it later: nobody can change it, it inherits nothing, and
 * what is `undefined` is left out. Functions are taken as they are, and so is what a symbol names, and a copy that was made here before.
 * @param option names it in messages
 * @throws ConfigurationError for what holds itself, or is nested as if it did
 */
export function freezeOwn<T>(value: T, option = 'options', depth = 0): T {
  if (typeof value !== 'object' || value === null) return value
  if (depth >= deepest) throw new ConfigurationError(option, `is nested more than ${deepest} levels deep, or holds itself`)
  const freezeInner = (inner: unknown) => freezeOwn(inner, option, depth + 1)
  if (Array.isArray(value)) return Object.freeze(value.map(freezeInner)) as T
  if (Object.isFrozen(value) && Object.getPrototypeOf(value) === nothing) return value
  const copy = createBare()
  for (const [name, inner] of Object.entries(value)) if (inner !== undefined) copy[name] = freezeInner(inner)
  for (const symbol of Object.getOwnPropertySymbols(value)) Object.assign(copy, { [symbol]: value[symbol as keyof T] })
  return Object.freeze(copy) as T
}

/** Fields of which some may be `undefined`, without those. */
type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** A copy without the fields that are `undefined`. */
export function omitUndefined<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>
}
