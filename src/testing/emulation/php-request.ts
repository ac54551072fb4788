import type { OAuthRequest } from './oauth-server.ts'
import { readFields } from './request-fields.ts'

/** A token request as PHP reads it; `undefined` where a body that is labelled JSON is none. */
export async function readPhpRequest(request: Request): Promise<Omit<OAuthRequest, 'arrivedAt'> | undefined> {
  // POST reads the body only, GET the query only.
  const fields = request.method === 'POST' ? (await readFields(request)).value : Object.fromEntries(new URL(request.url).searchParams)
  if (typeof fields !== 'object' || fields === null) return undefined
  const scalars = Object.entries(fields).filter(([, value]) => /string|number|boolean/.test(typeof value))
  return { parameters: Object.fromEntries(scalars.map(([name, value]) => [name, String(value)])), basic: readBasic(request) }
}

/** HTTP Basic as PHP reads it: base64 and nothing else. RFC 6749 §2.3.1 would have the parts form-decoded. */
function readBasic(request: Request): OAuthRequest['basic'] {
  const text = decodeBase64(/^Basic (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '')
  const colon = text.indexOf(':')
  return colon > 0 ? { clientId: text.slice(0, colon), clientSecret: text.slice(colon + 1) } : undefined
}

function decodeBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)))
  } catch {
    return ''
  }
}
