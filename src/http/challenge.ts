import { cleanDescription, type HoldsSecret } from '../base/redact.ts'

const longestHeader = 8_192

/**
 * The scopes that a response asks for where it says `insufficient_scope` (RFC 6750 §3), as they may be shown: '' where it
 * names none, or where a secret is among them. `undefined` where it does not say so.
 */
export function readMissingScope({ headers }: Response, holdsSecret: HoldsSecret): string | undefined {
  const header = headers.get('www-authenticate') ?? ''
  // Each alternative takes all it can, and none can fail midway: the time grows with the length alone. A comma separates as a
  // space does, since `error` and `scope` belong to challenges of one kind.
  const words = header.slice(0, longestHeader).match(/"(?:[^"\\]|\\.)*"?|[^\s,="]+|=/gs) ?? []
  const read = (name: string) =>
    words.flatMap((word, index) => (word.toLowerCase() === name && words[index + 1] === '=' ? (words[index + 2] ?? []) : []))
  if (!read('error').some((error) => unquote(error) === 'insufficient_scope')) return undefined
  const scopes = unquote(read('scope')[0] ?? '').match(/[\x21\x23-\x5b\x5d-\x7e]+/g) ?? []
  return cleanDescription(scopes.join(' '), holdsSecret) ?? ''
}

/** What a quoted string says (RFC 9110 §5.6.4). */
const unquote = (text: string) => text.replace(/\\(.)|["\\]/gs, '$1')
