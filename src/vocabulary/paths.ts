import type { Paths } from './provider.ts'

/** What stands at the first path that leads to something; `null` and `''` are nothing. Inherited properties do not count. */
export function readPath(body: unknown, paths: Paths): unknown {
  for (const path of [paths].flat()) {
    const value = path ? path.split('.').reduce(readProperty, body) : body
    if (value !== undefined && value !== null && value !== '') return value
  }
  return undefined
}

function readProperty(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}
