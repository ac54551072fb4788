/** Whether a text shows one of the secrets that it was made with, in whatever form. */
export type HoldsSecret = (text: string) => boolean

/** A copy of a platform's error that holds nothing but its name and code: platforms print tokens and URLs in the rest. */
export interface CleanCause extends Error {
  readonly code?: string
}

const shortestSecret = 4
/** A server that cuts what it repeats still shows this much of it. */
const tellingLength = 12
const decodingRounds = 3
const descriptionLength = 200
// Longer than what is shown, so that the beginning of a secret at its end is still recognised in a threefold encoding.
const examinedLength = 2_048

/**
 * Makes a function that finds secrets in a text. The text is decoded up to three times, since servers repeat what they
 * got as they got it, or escape it once more: percent, HTML entities, escapes of JSON, base64 and hex. Case, white space and
 * invisible characters do not count. Of a long secret its first 12 characters are enough. Secrets of fewer than 4
 * characters are not looked for: they stand in every other word.
 */
export function createSecretFinder(secrets: Iterable<string>): HoldsSecret {
  const wanted = new Set<string>()
  for (const secret of secrets) {
    if (secret.length >= shortestSecret) wanted.add(fold(secret)).add(fold(secret.slice(0, tellingLength)))
  }
  wanted.delete('')
  return (text) => {
    let forms = new Set([removeInvisible(text)])
    for (let round = 0; ; round++) {
      const folded = [...forms].map(fold)
      for (const secret of wanted) if (folded.some((form) => form.includes(secret))) return true
      if (round === decodingRounds) return false
      forms = new Set([...forms].flatMap((form) => decoders.map((decode) => removeInvisible(decode(form)))))
    }
  }
}

const removeInvisible = (text: string): string => text.replace(/[\p{C}\p{DI}]/gu, '')
// A form writes a space as a plus.
const fold = (text: string): string => removeInvisible(text).replace(/[\s+]/g, '').toLowerCase()

// Each is tried by itself, in each round: a secret may hold what looks like an escape of another kind.
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
  // It may begin anywhere in a run of such characters.
  (text) => decodeRuns(text, /[\w+/-]{6,}/g, (run) => [0, 1, 2, 3].map((start) => fromBase64(run.slice(start)))),
  (text) => decodeRuns(text, /(?:[\da-f][: ]?){8,}/gi, (run) => [0, 1].map((start) => fromHex(run.replace(/[: ]/g, '').slice(start)))),
]

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function fromCode(digits: string, radix: number): string | undefined {
  const code = Number.parseInt(digits, radix)
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

function decodeRuns(text: string, pattern: RegExp, decode: (run: string) => string[]): string {
  const decoded = (text.match(pattern) ?? []).flatMap(decode)
  // Most runs are no encoding of anything: what is no text in them is not decoded further.
  return decoded.flatMap((run) => removeInvisible(run).match(/[^\ufffd]{4,}/g) ?? []).join(' ')
}

function fromHex(digits: string): string {
  return decodeUtf8(Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)))
}

function fromBase64(text: string): string {
  // Of four characters one alone says nothing, and `atob` refuses it.
  const whole = text.length % 4 === 1 ? text.slice(0, -1) : text
  return decodeUtf8(Uint8Array.from(atob(whole.replaceAll('-', '+').replaceAll('_', '/')), (byte) => byte.charCodeAt(0)))
}

const decodeUtf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/**
 * A server's words as they may be shown: without control characters, and cut to 200 characters. `undefined` where a secret is
 * in them: then nothing of them is shown.
 */
export function cleanDescription(text: string, holdsSecret: HoldsSecret): string | undefined {
  const examined = text.slice(0, examinedLength)
  // A JWT is a secret of somebody, whoever it is.
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
  const clean = new Error(code ? `The platform said ${code}.` : 'The platform gave no code.')
  const { name } = fieldsOf(thrown)
  Object.defineProperty(clean, 'name', { value: isMatch(name, /^[A-Za-z]{1,40}$/) ? name : 'Error', configurable: true })
  if (code) Object.defineProperty(clean, 'code', { value: code, enumerable: true })
  return clean
}

// As deep as platforms nest: Node hides the code in a cause, and that of two refused addresses in the errors of an AggregateError.
const deepestCause = 4

function findCode(thrown: unknown, depth = 0): string | undefined {
  const { code, cause, errors } = fieldsOf(thrown)
  // `ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION`, `ConnectionRefused`; not `eyJ…` nor an access key.
  if (isMatch(code, /^(?!eyJ)[A-Za-z_]{1,40}$|^(?=.*_)[A-Z][A-Z0-9_/]{1,60}$/)) return code
  if (depth === deepestCause) return undefined
  for (const inner of [cause, errors].flat()) {
    const found = findCode(inner, depth + 1)
    if (found) return found
  }
  return undefined
}

function fieldsOf(thrown: unknown): { name?: unknown; code?: unknown; cause?: unknown; errors?: unknown } {
  try {
    const { name, code, cause, errors } = Object(thrown)
    return { name, code, cause, errors }
  } catch {
    // A getter of an object from elsewhere may throw.
    return {}
  }
}

const isMatch = (value: unknown, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value)
