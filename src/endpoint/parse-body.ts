/**
 * The body of a reply by content type and then by shape: JSON data, the fields of a form, or else the trimmed text (which a
 * byte order mark is no part of); `undefined` for nothing.
 * @param isTextExpected whether a body with a `=` may be a bare token
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
