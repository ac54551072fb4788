/** Masks the secrets that it was made with. */
export type Redact = (text: string) => string

/** A copy of a platform's error that holds nothing but its name and code: platforms print tokens and URLs in the rest. */
export interface CleanCause extends Error {
  readonly code?: string
}

const mask = '[secret]'
const descriptionLength = 200

/**
 * Makes a function that masks each secret in a text, in all the forms in which servers echo them: as it is,
 * percent-encoded in either case, form-encoded, JSON-escaped, base64 and base64url with or without padding.
 */
export function createRedactor(secrets: Iterable<string>): Redact {
  const forms = new Set<string>()
  for (const secret of secrets) {
    for (const form of secretForms(secret)) if (form) forms.add(form)
  }
  // Longest first: a secret that contains another one is masked as a whole.
  const ordered = [...forms].sort((a, b) => b.length - a.length)
  return (text) => ordered.reduce((masked, form) => masked.split(form).join(mask), text)
}

function secretForms(secret: string): string[] {
  // toWellFormed: a lone surrogate would make encodeURIComponent throw, and a redactor must not.
  const text = secret.toWellFormed()
  const percent = encodeURIComponent(text)
  const strict = percent.replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const base64 = btoa(unescapeBytes(percent))
  const unpadded = base64.replace(/=+$/, '')
  return [
    secret,
    // Forms escape what encodeURIComponent leaves, but for the asterisk.
    ...[percent, strict, ...[percent, strict, strict.replaceAll('%2A', '*')].map((form) => form.replaceAll('%20', '+'))].flatMap((form) => [
      form,
      lowerCaseEscapes(form),
    ]),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
    base64,
    unpadded,
    unpadded.replaceAll('+', '-').replaceAll('/', '_'),
  ]
}

const lowerCaseEscapes = (text: string): string => text.replace(/%../g, (escaped) => escaped.toLowerCase())
const unescapeBytes = (percent: string): string =>
  percent.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** A server's words as they may be shown: masked first, then without control characters, then cut to 200 characters. */
export function cleanDescription(text: string, redact: Redact): string {
  return redact(text)
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .slice(0, descriptionLength)
    .toWellFormed()
}

/** A URL as it may be shown: without query, fragment and userinfo, any of which may hold a secret. */
export function cleanUrl(url: string): string {
  if (!URL.canParse(url)) return ''
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** Rebuilds a platform's error from its name and code alone. */
export function cleanCause(thrown: unknown): CleanCause {
  const { name, code, cause } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    name?: unknown
    code?: unknown
    cause?: unknown
  }
  const safeCode = [code, (cause as { code?: unknown } | undefined)?.code].find(
    (value) => typeof value === 'string' && /^[A-Za-z_]{1,40}$/.test(value),
  )
  const clean = new Error(safeCode ? `The platform said ${String(safeCode)}.` : 'The platform gave no code.')
  const safeName = typeof name === 'string' && /^[A-Za-z]{1,40}$/.test(name) ? name : 'Error'
  Object.defineProperty(clean, 'name', { value: safeName, configurable: true })
  if (safeCode) Object.defineProperty(clean, 'code', { value: safeCode, enumerable: true })
  return clean
}
