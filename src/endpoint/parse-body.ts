import type { Paths } from './provider.ts'

/**
 * The body of a reply by content type and then by shape: JSON data, the fields of a form, or else the trimmed text
 * (which a byte order mark is no part of); `undefined` for nothing.
 * @param isTextExpected whether a text with a `=` may be a bare token
 */
export function parseBody(text: string, contentType: string, isTextExpected: boolean): unknown {
  const trimmed = text.trim()
  if (!trimmed) return undefined
  if (/json/i.test(contentType) || /^[{["]/.test(trimmed)) {
    try {
      return JSON.parse(trimmed)
    } catch {
      // Its error quotes the text. It may still be a form or a token under a wrong content type.
    }
  }
  const isForm = /form-urlencoded/i.test(contentType) || (!isTextExpected && /^[^\s<>"{}=&]+=[^\s<>"]*$/.test(trimmed))
  return isForm ? Object.fromEntries(new URLSearchParams(trimmed)) : trimmed
}

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
