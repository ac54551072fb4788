import { createSecretFinder } from '../base/redact.ts'

/** Puts a parameter at the end of the query of a URL, in place of those of its name. All else stays as it is, to the letter. */
export function addToQuery(href: string, name: string, value: string): string {
  return editQuery(href, (parts) => [
    ...parts.filter((part) => !isNamed(part, name)),
    `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  ])
}

/**
 * A foreign URL without the parameters that repeat what may not go there; `undefined` where that stands elsewhere, or in another
 * form than as it is, percent-encoded or not. A parameter of the token's name is the foreign server's own, unless its value is the
 * token, the first of the secrets.
 */
export function withoutSecrets(href: string, secrets: readonly string[], name = ''): string | undefined {
  const isOwn = (part: string) => new URLSearchParams(part).get(name) === secrets[0]
  const clean = editQuery(href, (parts) => parts.filter((part) => !isOwn(part) && !secrets.some((secret) => repeats(part, secret))))
  return secrets.some((secret) => repeats(clean, secret)) || createSecretFinder(secrets.map(tellingPart))(clean) ? undefined : clean
}

// JWTs begin alike, whoever they are for: what tells one is its signature.
const tellingPart = (secret: string): string => /^eyJ.*\.([^.]{16,})$/s.exec(secret)?.[1] ?? secret

function editQuery(href: string, edit: (parts: string[]) => string[]): string {
  const [, base, query, hash] = /^([^?#]*)\??([^#]*)(.*)$/s.exec(new URL(href).href) as unknown as string[]
  const edited = edit(query ? query.split('&') : [])
  return `${base}${edited.length > 0 ? '?' : ''}${edited.join('&')}${hash}`
}

const isNamed = (part: string, name: string) => new URLSearchParams(part).has(name)

/** Whether a string holds the token, percent-encoded up to three times. One of fewer than 4 characters occurs in ordinary words. */
function repeats(text: string, token: string, rounds = 3): boolean {
  if (token.length < 4 || text.includes(token)) return token.length > 3
  const decoded = text.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return rounds > 0 && repeats(decoded, token, rounds - 1)
}
