import type { ReplyOutline } from '../base/errors.ts'
import type { HoldsSecret } from '../base/redact.ts'

// In the order of preference: a description says more than a code.
const wordNames = [/^(err(or)?[_ ]?)?(description|message|msg|detail)s?$|^reason$/i, /^(non_field_)?errors?$|^err$/i, /^title$/i]
const secretName = /token(?!_?type)|jwt|secret|passw|assertion|session|sid$|code_verifier|device_code|(api|client)_?key/i
const deepest = 4

/** The server's own words in a reply without a token: a string of it that is meant for people. */
export function findWords(body: unknown): string | undefined {
  // A page, a form, or JSON that was cut off: without names, a token in it cannot be told from words.
  return typeof body === 'string' && /[{[<"=]/.test(body) ? undefined : findText(body)
}

function findText(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || depth > deepest) return undefined
  const entries = Object.entries(value)
  const found = Array.isArray(value) ? entries : wordNames.flatMap((names) => entries.filter(([name]) => names.test(name)))
  for (const [, inner] of found) {
    const text = findText(inner, depth + 1)
    if (text) return text
  }
  return undefined
}

/** The values that a reply itself names as tokens or secrets: some servers repeat the token that they refuse. */
export function findSecrets(body: unknown, depth = 0): string[] {
  if (typeof body !== 'object' || body === null || depth > deepest) return []
  return Object.entries(body).flatMap(([name, value]) => {
    if (typeof value !== 'string') return findSecrets(value, depth + 1)
    return secretName.test(name) ? [value] : []
  })
}

const mostFields = 20

/** The shape of a reply, for authors of providers. Names that look like tokens are left out: some objects have tokens as keys. */
export function outlineReply(status: number, contentType: string, body: unknown, holdsSecret: HoldsSecret): ReplyOutline {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  const keys = isObject ? Object.keys(body).slice(0, mostFields) : []
  // Before they are looked into: a long one would take seconds.
  const names = keys.filter((name) => /^[A-Za-z_][\w .-]{0,40}$/.test(name))
  const mayHoldSecret = holdsSecret(names.join(' '))
  const isShown = (name: string) => !looksLikeToken(name) && !(mayHoldSecret && holdsSecret(name))
  const [type = ''] = /^[\w.+-]{1,40}\/[\w.+-]{1,40}/.exec(contentType) ?? []
  return { status, contentType: holdsSecret(type) ? '' : type, fields: names.filter(isShown) }
}

/** Digits scattered over a long run of letters: no name that a person has chosen looks like that. */
function looksLikeToken(name: string): boolean {
  return (
    name.startsWith('eyJ') || (name.match(/[A-Za-z\d_-]{16,}/g) ?? []).some((run) => run.replace(/\D+/g, ' ').trim().split(' ').length > 2)
  )
}
