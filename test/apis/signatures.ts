import { createHash, createHmac, randomBytes, sign } from 'node:crypto'
import type { ClientContext, PlainRequest } from './plain-request.ts'

/** The log-in's response of Blue Iris. */
export const blueIrisResponse = (user: string, session: string, password: string): string =>
  createHash('md5').update(`${user}:${session}:${password}`).digest('hex')

/** A request with Tuya's headers, without a nonce. */
export function signedByTuya(request: PlainRequest, { credentials, now }: ClientContext, token?: string): PlainRequest {
  const { clientId = '', secret = '' } = credentials
  const bodyHash = createHash('sha256')
    .update(request.json === undefined ? '' : JSON.stringify(request.json))
    .digest('hex')
  const text = `${clientId}${token ?? ''}${now}${request.method}\n${bodyHash}\n\n${request.path}`
  const signature = createHmac('sha256', secret).update(text).digest('hex').toUpperCase()
  const headers = {
    client_id: clientId,
    t: String(now),
    sign_method: 'HMAC-SHA256',
    sign: signature,
    ...(token && { access_token: token }),
  }
  return { ...request, headers: { ...request.headers, ...headers } }
}

const percent = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** A form request with the header of OAuth 1.0a, RFC 5849. */
export function signedByOAuth1(request: PlainRequest, { credentials, now, url }: ClientContext): PlainRequest {
  const oauth: Record<string, string> = {
    oauth_consumer_key: credentials['accessKeyId'] ?? '',
    oauth_nonce: randomBytes(8).toString('hex'),
    oauth_signature_method: 'HMAC-SHA256',
    oauth_timestamp: String(Math.floor(now / 1000)),
    oauth_version: '1.0',
  }
  const pairs = Object.entries({ ...oauth, ...request.form }).map((pair) => pair.map(percent).join('='))
  const base = [request.method, url + request.path, pairs.sort().join('&')].map(percent).join('&')
  const signature = createHmac('sha256', `${percent(credentials['accessKeySecret'] ?? '')}&`)
    .update(base)
    .digest('base64')
  const list = Object.entries({ ...oauth, oauth_signature: signature }).map(([name, value]) => `${name}="${percent(value)}"`)
  return { ...request, headers: { ...request.headers, authorization: `OAuth ${list.join(', ')}` } }
}

/** The JWT of a GitHub App. */
export function appJwt({ credentials, now }: ClientContext, lifetimeSeconds = 540): string {
  const time = Math.floor(now / 1000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iat: time - 60, exp: time + lifetimeSeconds, iss: credentials['appId'] }
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), credentials['privateKey'] ?? '').toString('base64url')}`
}

/** HTTP Basic of an OAuth client, form-encoded first: RFC 6749 section 2.3.1. */
export function basic({ clientId = '', clientSecret = '' }: Readonly<Record<string, string>>): string {
  const encoded = [clientId, clientSecret].map((text) => new URLSearchParams([['', text]]).toString().slice(1))
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`
}
