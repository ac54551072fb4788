import { type Check, check } from '../base/check.ts'
import type { Json } from './provider.ts'

// A brace that is meant, a placeholder, or a brace that stands alone.
const parts = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g

/** The value of a placeholder; `undefined` where there is none. */
export type Lookup = (name: string) => unknown

/** Looks placeholders up: among what is named, and `extra.NAME` among the fields of the token held. Inherited fields do not count. */
export function createLookup({ extra, ...named }: Readonly<Record<string, unknown>>): Lookup {
  const read = (values: unknown, name: string) =>
    typeof values === 'object' && values !== null && Object.hasOwn(values, name) ? (values as Record<string, unknown>)[name] : undefined
  return (name) => (name.startsWith('extra.') ? read(extra, name.slice(6)) : read(named, name))
}

/** The string of a template with its placeholders replaced; `undefined` where one has no value. Values are placed, never parsed. */
export function fillText(template: string, lookup: Lookup): string | undefined {
  let isComplete = true
  const filled = template.replace(parts, (part, name?: string) => {
    if (name === undefined) return part[0] as string
    const value = lookup(name)
    // A list or an object is no text.
    if (value === undefined || typeof value === 'object') isComplete = false
    return String(value)
  })
  return isComplete ? filled : undefined
}

/**
 * The value of a header; `undefined` where a placeholder has none.
 * @throws ConfigurationError where a value would end the quotes that it stands in
 */
export function fillQuoted(option: string, template: string, lookup: Lookup): string | undefined {
  return fillText(template, (name) => {
    const value = lookup(name)
    check(option, !template.includes('"') || !/["\\]/.test(String(value)), 'has quotes, which a value would end')
    return value
  })
}

/** Headers with their placeholders replaced, without those that have no value. */
export function fillHeaders(templates: Readonly<Record<string, string>> | undefined, lookup: Lookup): Record<string, string> {
  const filled = Object.entries(templates ?? {}).map(
    ([name, template]) => [name, fillQuoted(`tokenRequest.headers.${name}`, template, lookup)] as const,
  )
  return Object.fromEntries(filled.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** A JSON value with its placeholders replaced. A string that is one placeholder takes the value as it is; without a value it is left out. */
export function fillBody(template: Json, lookup: Lookup): unknown {
  if (typeof template === 'string') {
    const [, name] = /^\{([^{}]+)\}$/.exec(template) ?? []
    return name === undefined ? fillText(template, lookup) : lookup(name)
  }
  if (Array.isArray(template)) return template.map((inner) => fillBody(inner, lookup)).filter((inner) => inner !== undefined)
  if (typeof template !== 'object' || template === null) return template
  // Own properties, whatever they are called; those without a value go when this becomes JSON.
  return Object.fromEntries(Object.entries(template).map(([name, inner]) => [name, fillBody(inner, lookup)]))
}

/** The names of all placeholders in a template, or in the templates inside of a value. */
export function listPlaceholders(template: unknown): string[] {
  if (typeof template === 'string') return [...template.matchAll(parts)].flatMap(([, name]) => name ?? [])
  return typeof template === 'object' && template !== null ? Object.values(template).flatMap(listPlaceholders) : []
}

/** A string with placeholders: `{client_secret}`, `{extra.NAME}`. */
export const aTemplate: Check = (option, value) => {
  check(option, typeof value === 'string', 'must be a string')
  for (const [part, name] of value.matchAll(parts)) {
    check(option, part.length > 1, "has a brace that stands alone: write '{{' or '}}' for a brace")
    check(option, name === undefined || /^\w+$|^extra\..+$/.test(name), "has a placeholder that is no name: write '{{' and '}}' for braces")
  }
}
