import { ConfigurationError } from './errors.ts'

/** Checks the value of a field. @throws ConfigurationError naming the field */
export type Check = (field: string, value: unknown) => void

/** Makes a check of a predicate; the rule completes «must be …». */
export function must(rule: string, isRight: (value: unknown) => boolean): Check {
  return (field, value) => {
    if (!isRight(value)) throw new ConfigurationError(field, `must be ${rule}`)
  }
}

/** An object with these fields and no others; those whose name ends in `!` are mandatory. */
export function fields(checks: Readonly<Record<string, Check>>): Check {
  const known = new Map(Object.entries(checks).map(([name, check]) => [name.replace('!', ''), { check, isMandatory: name.endsWith('!') }]))
  return (field, value) => {
    const record = asRecord(field, value)
    const inside = (name: string) => (field === 'provider' ? name : `${field}.${name}`)
    for (const name of Object.keys(record)) {
      if (!known.has(name)) throw new ConfigurationError(inside(name), `is not a field; there are ${[...known.keys()].join(', ')}`)
    }
    for (const [name, { check, isMandatory }] of known) {
      if (record[name] !== undefined) check(inside(name), record[name])
      else if (isMandatory) throw new ConfigurationError(inside(name), 'is missing')
    }
  }
}

/** An object with any names, and such values. */
export function recordOf(check: Check): Check {
  return (field, value) => {
    for (const [name, inner] of Object.entries(asRecord(field, value))) check(`${field}.${name}`, inner)
  }
}

/** A list of such values, which is not empty. */
export function listOf(check: Check): Check {
  return (field, value) => {
    if (!Array.isArray(value) || value.length === 0) throw new ConfigurationError(field, 'must be a list that is not empty')
    for (const entry of value) check(field, entry)
  }
}

/** One such value, or a list of them. */
export function oneOrMore(check: Check): Check {
  return (field, value) => (Array.isArray(value) ? listOf(check) : check)(field, value)
}

export function oneOf(...values: readonly string[]): Check {
  return must(`one of ${values.join(', ')}`, (value) => values.includes(value as string))
}

export function ofType(type: 'boolean' | 'string' | 'function'): Check {
  return must(`a ${type}`, (value) => typeof value === type)
}

function asRecord(field: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ConfigurationError(field, 'must be an object')
  return value as Record<string, unknown>
}
