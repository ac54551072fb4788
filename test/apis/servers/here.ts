import { createHmac } from 'node:crypto'
import { json, Misfit, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, checkNames, readExactly } from '../read-request.ts'
import { jwt, seconds } from '../sessions.ts'

const day = 86_400

/** Maps. An OAuth 2 token, but the token request is signed by OAuth 1.0a. */
export const here: ApiDefinition = {
  name: 'HERE',
  source:
    'https://www.here.com/docs/bundle/identity-and-access-management-developer-guide (OAuth 2.0 tokens); RFC 5849 section 3.4; heremaps/here-aaa-java-sdk',
  credentials: { accessKeyId: 'kR4_x-1', accessKeySecret: 'compass & rose' },
  secret: 'accessKeySecret',
  lifetimeMs: (day - 1) * 1000,
  misfit: (reason) => fails(400, 400_002, `Invalid request: ${reason}`, 'invalid_request'),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/oauth2/token', answer: logIn },
    { kind: 'api', method: 'GET', path: '/v1/geocode', answer: read },
    { kind: 'api', method: 'POST', path: '/v8/matrix', answer: write },
  ],
}

function logIn(request: ApiRequest, api: Api) {
  const fields = readExactly(request, { as: 'form', needs: ['grant_type'], may: ['scope'], authorization: true })
  if (fields['grant_type'] !== 'client_credentials')
    refuse(fails(400, 400_201, 'Unsupported grant type', 'unsupported_grant_type'), 'another grant')
  checkSignature(request, api)
  const { token } = api.sessions.open({ token: jwt({ exp: seconds(api.sessions.expiry()) }) })
  return json(200, { access_token: token, token_type: 'bearer', expires_in: day - 1 })
}

/** RFC 5849 section 3.4.1: method, address, and all parameters of header, query and form body, sorted. */
function checkSignature(request: ApiRequest, { url, credentials, memory, now }: Api): void {
  const oauth = readOAuthHeader(request)
  const { oauth_signature: signature, ...signed } = oauth
  const pairs = [...Object.entries(signed), ...new URLSearchParams(request.body)]
  const parameters = pairs
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const base = [request.method, `${url}${request.path}`, parameters].map(encode).join('&')
  const right = createHmac('sha256', `${encode(credentials['accessKeySecret'] ?? '')}&`)
    .update(base)
    .digest('base64')
  const mismatch = fails(401, 401_300, 'Signature mismatch. Authorization signature or client credential is wrong.', 'invalid_client')
  if (oauth['oauth_consumer_key'] !== credentials['accessKeyId'] || signature !== right) refuse(mismatch, 'wrong signature')
  const late = fails(401, 401_204, 'Time stamp is outside the valid period.', 'invalid_request')
  if (Math.abs(seconds(now()) - Number(oauth['oauth_timestamp'])) > 300) refuse(late, 'wrong time')
  const nonce = `nonce ${oauth['oauth_nonce']}`
  if (memory.has(nonce)) refuse(fails(401, 401_205, 'Nonce reused.', 'invalid_request'), 'the nonce was used before')
  memory.set(nonce, now())
}

function readOAuthHeader(request: ApiRequest): Record<string, string> {
  const [, list] = /^OAuth (.+)$/.exec(request.headers.authorization ?? '') ?? []
  if (list === undefined) throw new Misfit('not an OAuth header')
  const pairs = list.split(/,\s*/).map((pair) => /^(\w+)="([^"]*)"$/.exec(pair) ?? [])
  const oauth = Object.fromEntries(pairs.map(([, name = '?', value = '']) => [name, decodeURIComponent(value)]))
  const names = ['consumer_key', 'nonce', 'signature', 'signature_method', 'timestamp', 'version'].map((name) => `oauth_${name}`)
  checkNames(Object.keys(oauth), names, [], 'OAuth header')
  if (oauth['oauth_signature_method'] !== 'HMAC-SHA256' || oauth['oauth_version'] !== '1.0') throw new Misfit('another method or version')
  return oauth
}

/** RFC 5849 section 3.6: stricter than `encodeURIComponent`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { items: [{ title: 'Berlin' }] })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(202, { matrixId: 'm1', status: 'accepted' })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  const found = sessions.find(afterScheme(request, 'Bearer'))
  if (found.is === 'live') return
  const details = found.is === 'expired' ? 'Token Validation Failure - invalid time in token' : 'Token Validation Failure'
  refuse(json(401, { error: 'Unauthorized', error_description: details }), `token ${found.is}`)
}

function fails(httpStatus: number, errorCode: number, message: string, error: string) {
  return json(httpStatus, { errorId: 'ERROR-1', httpStatus, errorCode, message, error, error_description: message })
}
