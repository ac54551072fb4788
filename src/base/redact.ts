/** Whether a string shows one of the secrets that it was made with, in whatever form. */
export type HoldsSecret = (text: string) => boolean

/** A copy of a platform's error that holds nothing but its name and code: platforms print tokens and URLs in the rest. */
export interface CleanCause extends Error {
  readonly code?: string
}

const shortestSecret = 4
/** So many characters of a long secret give it away: servers may cut the text that they repeat. */
const tellingLength = 12
const decodingRounds = 3
const descriptionLength = 200
// Longer than the part that is shown: a secret that begins at its end is recognised even when it was encoded three times.
const examinedLength = 2_048

/**
 * Makes a function that finds secrets in a string. The string is decoded up to three times: percent, HTML entities, escapes of
 * JSON, base64, hex. Servers repeat secrets as they received them, or escape them once more. Case, white space and invisible
 * characters are ignored. The first 12 characters of a long secret suffice. Secrets of fewer than 4 characters are not looked
 * for, since they occur in ordinary words.
 */
export function createSecretFinder(secrets: Iterable<string>): HoldsSecret {
  const wanted = new Set<string>()
  for (const secret of secrets) {
    if (secret.length >= shortestSecret) wanted.add(fold(secret)).add(fold(secret.slice(0, tellingLength)))
  }
  wanted.delete('')
  return (text) => {
    const seen = new Set<string>()
    let forms = [removeInvisible(text)]
    for (let round = 0; ; round++) {
      // Most decoders give back the text itself: what has been looked at is not decoded again.
      const fresh = new Set(forms.filter((form) => !seen.has(form)))
      for (const form of fresh) {
        seen.add(form)
        const folded = fold(form)
        for (const secret of wanted) if (folded.includes(secret)) return true
      }
      if (round === decodingRounds || fresh.size === 0) return false
      forms = [...fresh].flatMap((form) => decoders.map((decode) => removeInvisible(decode(form))))
    }
  }
}

const removeInvisible = (text: string): string => text.replace(/[\p{C}\p{DI}]/gu, '')
// Form encoding writes a space as a plus.
const fold = (text: string): string => removeInvisible(text).replace(/[\s+]/g, '').toLowerCase()

// Each decoder is applied on its own in each round: a secret may contain what looks like an escape of another kind.
const decoders: readonly ((text: string) => string)[] = [
  (text) => text.replace(/(?:(?:%|\\x)[\da-f]{2})+/gi, (run) => fromHex(run.replace(/%|\\x/gi, ''))),
  (text) =>
    text.replace(/&(?:#(x?)([\da-f]{1,8})|(amp|lt|gt|quot|apos));?/gi, (all, hex: string, digits: string, name: string) =>
      name ? (entities[name.toLowerCase()] as string) : (fromCode(digits, hex ? 16 : 10) ?? all),
    ),
  (text) =>
    text.replace(/[\\%]u(?:([\da-f]{4})|\{([\da-f]{1,6})\})|\\([^ux])/gi, (all, code: string, long: string, escaped: string) =>
      escaped ? escaped.replace(/[nrtbf]/, '') : (fromCode(code ?? long, 16) ?? all),
    ),
  // The encoded part may begin anywhere in a run of these characters.
  (text) => decodeRuns(text, /[\w+/-]{6,}/g, (run) => [0, 1, 2, 3].map((start) => fromBase64(run.slice(start)))),
  (text) => decodeRuns(text, /(?:[\da-f][: -]?){8,}/gi, (run) => [0, 1].map((start) => fromHex(run.replace(/[: -]/g, '').slice(start)))),
]

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function fromCode(digits: string, radix: number): string | undefined {
  const code = Number.parseInt(digits, radix)
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

function decodeRuns(text: string, pattern: RegExp, decode: (run: string) => string[]): string {
  const decoded = (text.match(pattern) ?? []).flatMap(decode)
  // Most runs encode nothing. Only the parts that decode to text are decoded further.
  return decoded.flatMap((run) => removeInvisible(run).match(/[^\ufffd]{4,}/g) ?? []).join(' ')
}

function fromHex(digits: string): string {
  return decodeUtf8(Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)))
}

function fromBase64(text: string): string {
  // A single character after the last group of four encodes nothing, and `atob` refuses it.
  const whole = text.length % 4 === 1 ? text.slice(0, -1) : text
  return decodeUtf8(Uint8Array.from(atob(whole.replaceAll('-', '+').replaceAll('_', '/')), (byte) => byte.charCodeAt(0)))
}

const decodeUtf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/**
 * A server's words as they may be shown: without control characters, cut to 200 characters. `undefined` where they contain a
 * secret.
 */
export function cleanDescription(text: string, holdsSecret: HoldsSecret): string | undefined {
  const examined = text.slice(0, examinedLength)
  // A JWT is somebody's secret, even when it is none of ours.
  if (/eyJ[\w-]{8}/.test(examined) || holdsSecret(examined)) return undefined
  const clean = examined
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, descriptionLength)
  return clean.toWellFormed() || undefined
}

/** A URL as it may be shown: without query, fragment and userinfo, any of which may hold a secret. */
export function cleanUrl(url: string): string {
  if (!URL.canParse(url)) return ''
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** Rebuilds a platform's error from its name and code alone. */
export function cleanCause(thrown: unknown): CleanCause {
  const code = findCode(thrown)
  const clean = new Error(code ? `The platform said ${code}.` : 'Its own text is left out.')
  const name = fieldOf(thrown, 'name')
  Object.defineProperty(clean, 'name', { value: isMatch(name, /^[A-Za-z]{1,40}$/) ? name : 'Error', configurable: true })
  if (code) Object.defineProperty(clean, 'code', { value: code, enumerable: true })
  return clean
}

/** A cleaned error in a message: its name, and its code where it has one. */
export function nameAndCode({ name, code }: { name: string; code?: string }): string {
  return code ? `${name} (${code})` : name
}

// As deep, and as many, as platforms nest them: Node puts the code into `cause`, and those of several refused addresses into an
// AggregateError.
const deepestCause = 4
const mostErrors = 8

function findCode(thrown: unknown, depth = 0): string | undefined {
  const code = fieldOf(thrown, 'code')
  // Matches `ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION` and `ConnectionRefused`, but no JWT and no access key.
  if (isMatch(code, /^(?!eyJ)[A-Za-z_]{1,40}$|^(?=.*_)[A-Z][A-Z0-9_/]{1,60}$/)) return code
  if (depth === deepestCause) return undefined
  const errors = fieldOf(thrown, 'errors')
  for (const inner of [fieldOf(thrown, 'cause'), ...Array.from({ length: mostErrors }, (_, index) => fieldOf(errors, index))]) {
    const found = inner === undefined ? undefined : findCode(inner, depth + 1)
    if (found) return found
  }
  return undefined
}

/** A field of whatever was thrown, or nothing: its getters may throw, and print a secret. */
export function fieldOf(thrown: unknown, name: string | number): unknown {
  try {
    return Object(thrown)[name]
  } catch {
    return undefined
  }
}

const isMatch = (value: unknown, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value)
