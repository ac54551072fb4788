import { isAboutSecret, kindOfName, type NameKind } from './secret-names.ts'

/** Where a string stands. In a reply `code` is a word of an error, in a request a secret. */
export interface Place {
  readonly isReply: boolean
}

export type AddSecret = (value: string) => void

/** Finds what is secret in a header's value: all of it where the name says so, else what the text itself shows. */
export function collectFromHeader(name: string, value: string, place: Place, add: AddSecret): void {
  collectFromText(value, place, add)
  if (/^(?:set-)?cookie2?$/i.test(name)) {
    collectFromCookies(value.split(';', /^set/i.test(name) ? 1 : undefined), add)
    return
  }
  if (kindOfName(name, place.isReply) === 'plain' || isAboutSecret(name, value)) return
  add(value.replace(/^(?:basic|bearer|digest|dpop|hawk|jwt|negotiate|oauth|token)\s+/i, ''))
  for (const [, quoted = ''] of value.matchAll(/="([^"]*)"/g)) add(quoted)
}

function collectFromCookies(pairs: readonly string[], add: AddSecret): void {
  for (const pair of pairs) {
    const value = pair.slice(pair.indexOf('=') + 1).trim()
    for (const one of [value, decode(value), value.replace(/^"|"$/g, '')]) add(one)
  }
}

/** Finds what is secret in a URL or a body, also one that breaks off: by the names of its fields, and by its looks. */
export function collectFromText(text: string, place: Place, add: AddSecret): void {
  collectByLooks(text, add)
  collectFromPairs(text, place, add)
  collectFromElements(text, place, add)
  if (/["{[]/.test(text)) collectFromJson(text, place, add)
}

function collectByLooks(text: string, add: AddSecret): void {
  for (const [jwt] of text.matchAll(/eyJ[\w-]{5,}(?:\.[\w-]*)*/g)) add(jwt)
  for (const [, credentials = ''] of text.matchAll(/\bbasic\s+([\w+/=-]{4,})/gi)) collectFromBasic(credentials, add)
  for (const [, token = ''] of text.matchAll(/\b(?:bearer|jwt|dpop|negotiate)\s+([\w+/=.~-]{8,})/gi)) add(token)
  for (const [, user = '', password] of text.matchAll(/:\/\/([^\s/?#@:"']*)(?::([^\s/?#@"']*))?@/g)) add(decode(password || user))
  // Long and mixed: chosen by no person. Paths and names of hosts have neither.
  for (const [run] of text.matchAll(/[\w~+-]{20,}=*/g)) if (/\d/.test(run) && /[A-Za-z]/.test(run)) add(run)
  for (const [, pem = ''] of text.matchAll(/-----BEGIN [A-Z ]+-----(.+?)(?:-----END|$)/gs))
    add(pem.replace(/^(?:\s|\\n)+|(?:\s|\\n)+$/g, ''))
}

/** The credentials, and what they say when they are decoded: the password, or the name where that is the key. */
function collectFromBasic(credentials: string, add: AddSecret): void {
  add(credentials)
  try {
    const text = atob(credentials.replaceAll('-', '+').replaceAll('_', '/'))
    const decoded = new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)))
    const [user = '', ...rest] = decoded.split(':')
    const secret = rest.join(':') || user
    for (const one of [decoded, secret, decode(secret)]) add(one)
  } catch {
    // It is no base64, and has been added as it is.
  }
}

/** `name=value` in a query, a form, a cookie, or an OAuth header. */
function collectFromPairs(text: string, place: Place, add: AddSecret): void {
  for (const [, name = '', quoted, bare = ''] of text.matchAll(/([\w.%[\]-]+)=(?:\\?"([^"\\]*)|([^&\s"'<>;,\\#]*))/g)) {
    addNamed(decode(name), quoted ?? bare, place, add)
  }
  // Of GraphQL, of a printed object, of an escaped document: `name: "value"`.
  for (const [, name = '', , value = ''] of text.matchAll(/([\w.-]+)\\*["']?\s*[:=]\s*\\*(["'])((?:(?!\2)[^\\]|\\(?!["'])[\s\S])*)/g)) {
    addNamed(name, value, place, add)
  }
  for (const [, name = '', value = ''] of text.matchAll(/\bname="([^"]*)"[^<>]*?\bvalue="([^"]*)/g)) addNamed(name, value, place, add)
  // Multipart: the name stands in a header of the part.
  for (const [, name = '', value = ''] of text.matchAll(/\bname="([^"]*)"[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n(.*?)(?:\r?\n--|$)/gs)) {
    addNamed(name, value, place, add)
  }
}

/** `<name>value</name>`. */
function collectFromElements(text: string, place: Place, add: AddSecret): void {
  for (const [, name = '', value = ''] of text.matchAll(/<(?:[\w-]+:)?([\w-]+)(?:\s[^<>]*)?>(?:<!\[CDATA\[)?([^<]+?)(?:\]\]>|<|$)/g)) {
    addNamed(name, fromEntities(value), place, add)
  }
}

function addNamed(name: string, value: string, { isReply }: Place, add: AddSecret): void {
  const decoded = decode(value)
  if (kindOfName(name, isReply) === 'plain' || isAboutSecret(name, decoded)) return
  add(value)
  add(decoded)
}

const jsonToken = /"((?:[^"\\]|\\.)*)"?|-?\d[\d.eE+-]*|[{}[\]:,]/gs

interface Pending {
  readonly name: string
  readonly kind: NameKind
}

/** Reads token by token, and not by `JSON.parse`: the text may break off, or be JSON only in a part. */
function collectFromJson(text: string, place: Place, add: AddSecret): void {
  const top: Pending = { name: '', kind: 'plain' }
  // Of each open object and list: what its values are, unless they have names of their own.
  const open: Pending[] = []
  let pending = top
  const tokens = [...text.matchAll(jsonToken)]
  for (const [index, [token, inner]] of tokens.entries()) {
    const within = open.at(-1) ?? top
    if (token === '{' || token === '[') {
      const isSecret = pending.kind === 'secret-below' || (pending.kind === 'secret' && token === '[')
      open.push({ name: pending.name, kind: isSecret ? 'secret-below' : 'plain' })
      pending = open.at(-1) ?? top
    } else if (token === '}' || token === ']') {
      open.pop()
    } else if (token === ',') {
      pending = within
    } else if (inner !== undefined && tokens[index + 1]?.[0] === ':') {
      const name = unescapeJson(inner)
      pending = { name, kind: within.kind === 'plain' ? kindOfName(name, place.isReply) : within.kind }
    } else if (token !== ':') {
      const value = inner === undefined ? token : unescapeJson(inner)
      if (pending.kind !== 'plain' && !isAboutSecret(pending.name, value)) add(value)
      if (inner !== undefined) collectFromString(value, place, add)
    }
  }
}

/** A string may be a document of its own, or be random as a whole. */
function collectFromString(value: string, place: Place, add: AddSecret): void {
  if (/^(?!\/)[\w+/=.~-]{20,}$/.test(value) && /\d/.test(value) && /[A-Z]/.test(value) && /[a-z]/.test(value)) add(value)
  // What is written in it in pairs has been found in the text around it.
  if (/^\s*["{[]/.test(value)) collectFromJson(value, place, add)
}

function unescapeJson(inner: string): string {
  try {
    return String(JSON.parse(`"${inner}"`))
  } catch {
    return inner
  }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const fromEntities = (text: string): string => text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? '')

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
