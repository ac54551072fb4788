import { createSecretFinder } from '../../base/redact.ts'

/** Shorter ones occur in ordinary words: they are masked where they are a whole value, and not within others. */
const shortestWithin = 4

const leftOut = '(left out: it holds a secret in a form of its own)'

/** All secrets that were seen, with a number each. A string is masked by all of them, wherever it stands. */
export class SecretRegister {
  readonly #numbers = new Map<string, number>()

  add(secret: string): void {
    const trimmed = secret.trim()
    if (trimmed && !this.#numbers.has(trimmed)) this.#numbers.set(trimmed, this.#numbers.size + 1)
  }

  /** Replaces each secret, in whatever form it is written, by its number. Where it breaks off, a secret that has begun is taken off. */
  createMask(): (text: string, isCut?: boolean) => string {
    const forms = [...this.#numbers].flatMap(([secret, number]) => formsOf(secret).map((form) => ({ form: fold(form), number })))
    const long = forms.filter(({ form }) => form.length >= shortestWithin)
    const short = forms.filter(({ form }) => form.length < shortestWithin)
    const holdsSecret = createSecretFinder(this.#numbers.keys())
    return (text, isCut = false) => {
      const whole = isCut ? withoutBegun(text, forms) : text
      const masked = replaceAll(whole, [...long.flatMap((one) => spansOf(whole, one)), ...short.flatMap((one) => wholeValues(whole, one))])
      return holdsSecret(masked) ? leftOut : masked
    }
  }
}

interface Form {
  readonly form: string
  readonly number: number
}

interface Span {
  readonly start: number
  readonly end: number
  readonly number: number
}

/** As a URL, a form, JSON, HTML and an encoding write it. Others are found, and their whole text left out. */
function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret)
  const base64 = btoa(String.fromCharCode(...bytes)).replace(/=+$/, '')
  const percent = encodeURIComponent(secret.toWellFormed())
  const json = JSON.stringify(secret).slice(1, -1)
  const forms = [
    ...[secret, percent, percent.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`), percent.replaceAll('%20', '+')],
    ...[new URLSearchParams([['', secret]]).toString().slice(1), json, JSON.stringify(json).slice(1, -1), json.replaceAll('/', '\\/')],
    secret.replace(/[&<>"']/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] ?? '&#39;'),
    ...(secret.length < shortestWithin ? [] : [base64, base64.replaceAll('+', '-').replaceAll('/', '_')]),
  ]
  return [...new Set(forms)]
}

/** In lower case, unless that changes where things stand. */
function fold(text: string): string {
  const lower = text.toLowerCase()
  return lower.length === text.length ? lower : text
}

function spansOf(text: string, { form, number }: Form): Span[] {
  const folded = fold(text)
  const spans: Span[] = []
  for (let start = folded.indexOf(form); start >= 0; start = folded.indexOf(form, start + 1)) {
    spans.push({ start, end: start + form.length, number })
  }
  return spans
}

function wholeValues(text: string, one: Form): Span[] {
  const isEdge = (char: string | undefined) => char === undefined || /[\s"'=:&,;?#()[\]{}<>/]/.test(char)
  return spansOf(text, one).filter(({ start, end }) => isEdge(text[start - 1]) && isEdge(text[end]))
}

/** Overlapping ones become one: else the end of a secret would stay where another began before it. */
function replaceAll(text: string, spans: Span[]): string {
  spans.sort((a, b) => a.start - b.start || b.end - a.end)
  let masked = ''
  let done = 0
  for (const { start, end, number } of spans) {
    if (start >= done) masked += `${text.slice(done, start)}‹${number}›`
    done = Math.max(done, end)
  }
  return masked + text.slice(done)
}

/** A string that breaks off may end in a part of a secret. */
function withoutBegun(text: string, forms: readonly Form[]): string {
  const folded = fold(text)
  let { length } = text.replace(/[\w~+=/.%-]+$/, '')
  for (const { form } of forms) {
    for (let size = Math.min(form.length, folded.length); size > folded.length - length; size--) {
      if (folded.endsWith(form.slice(0, size))) length = folded.length - size
    }
  }
  return text.slice(0, length)
}
