import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { empty, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, header, parsedJson, readExactly } from '../read-request.ts'
import { opaque, type Session, seconds } from '../sessions.ts'

const installation = '/app/installations/42/access_tokens'

/** Code. A JWT that the app signs with RS256 asks for the token of an installation. */
export const gitHubApp: ApiDefinition = {
  name: 'GitHub App',
  source:
    'https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app; https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app',
  credentials: { appId: '123456', privateKey: newPrivateKey() },
  secret: 'privateKey',
  lifetimeMs: 3_600_000,
  misfit: (reason) => fails(400, `Problems parsing the request: ${reason}`),
  notFound: fails(404, 'Not Found'),
  routes: [
    { kind: 'log-in', method: 'POST', path: installation, answer: logIn },
    { kind: 'log-out', method: 'DELETE', path: '/installation/token', answer: revoke },
    { kind: 'api', method: 'GET', path: '/installation/repositories', answer: read },
    { kind: 'api', method: 'POST', path: '/repos/octo-org/hello/issues', answer: write },
  ],
}

/** PKCS #1, as GitHub hands it out. */
function newPrivateKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
}

function logIn(request: ApiRequest, api: Api) {
  checkUserAgent(request)
  checkAppJwt(afterScheme(request, 'Bearer') ?? '', api)
  // A body may narrow the token down, and is absent otherwise.
  const may = ['repositories', 'repository_ids', 'permissions']
  readExactly(request, { as: request.body === '' ? 'nothing' : 'json', may, authorization: true })
  const { token, expiresAt } = api.sessions.open({ token: opaque('ghs_') })
  const expires = new Date(expiresAt).toISOString().replace('.000Z', 'Z')
  return json(201, { token, expires_at: expires, permissions: { contents: 'read', issues: 'write' }, repository_selection: 'all' })
}

/** RS256 by the app's key; `iss` is the app, `iat` is past, `exp` is at most 10 minutes away. */
function checkAppJwt(appJwt: string, { credentials, now }: Api): void {
  const [head = '', payload = '', signature = ''] = appJwt.split('.')
  const undecodable = fails(401, 'A JSON web token could not be decoded')
  const key = publicKey(credentials['privateKey'] ?? '')
  const isSigned = key && verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))
  const { alg } = decoded(head)
  if (!isSigned || alg !== 'RS256') refuse(undecodable, 'wrong signature')
  const { iss, iat, exp } = decoded(payload)
  const time = seconds(now())
  if (String(iss) !== credentials['appId']) refuse(fails(401, "'Issuer' claim ('iss') must be an Integer"), 'another app')
  if (!Number.isInteger(iat) || Number(iat) > time + 60)
    refuse(fails(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"), 'iat')
  if (!Number.isInteger(exp) || Number(exp) <= time)
    refuse(
      fails(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"),
      'exp',
    )
  if (Number(exp) > time + 600) refuse(fails(401, "'Expiration time' claim ('exp') is too far in the future"), 'exp too far away')
}

function publicKey(privateKey: string): KeyObject | undefined {
  try {
    return createPublicKey(privateKey)
  } catch {
    return undefined
  }
}

const decoded = (part: string): Record<string, unknown> =>
  (parsedJson(Buffer.from(part, 'base64url').toString()) ?? {}) as Record<string, unknown>

function revoke(request: ApiRequest, api: Api) {
  api.sessions.end(checkToken(request, api))
  return empty(204)
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { total_count: 1, repositories: [{ id: 1, full_name: 'octo-org/hello' }] })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(201, { id: 1, number: 7, state: 'open' })
}

/** `Bearer` and `token` are both good. */
function checkToken(request: ApiRequest, { sessions }: Api): Session {
  checkUserAgent(request)
  return sessions.live(afterScheme(request, 'Bearer', 'token')) ?? refuse(fails(401, 'Bad credentials'), 'token gone')
}

function checkUserAgent(request: ApiRequest): void {
  const forbidden = {
    status: 403,
    body: 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header\n',
  }
  if (!header(request, 'user-agent')) refuse(forbidden, 'no User-Agent')
}

function fails(status: number, message: string) {
  return json(status, { message, documentation_url: 'https://docs.github.com/rest', status: String(status) })
}
