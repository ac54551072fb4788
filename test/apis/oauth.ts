import { Misfit, type Reply, refuse } from './answers.ts'
import type { Api, RequestKind } from './api-server.ts'
import { type ApiRequest, type Fields, readExactly } from './read-request.ts'
import { opaque } from './sessions.ts'

/** What the four OAuth servers of the list have in common. Their replies are their own. */
export interface TokenEndpoint {
  /** Where the client shows itself: by HTTP Basic, or there or in the body, but never in both (RFC 6749 section 2.3). */
  readonly client: 'basic' | 'either'
  /** Names that the API takes beside those of the RFC. */
  readonly may?: readonly string[]
  /** Slack's code needs no grant_type. */
  readonly isGrantTypeOptional?: boolean
  readonly refusals: Readonly<Record<'client' | 'code' | 'refresh' | 'grantType', Reply>>
}

export type Grant = { is: 'code' } | { is: 'refresh'; refreshToken: string }

const redirectUri = 'https://app.example.com/callback'

export const oauthCredentials = { clientId: 'app 1', clientSecret: 'p@ss:word+1', redirectUri, refreshToken: 'first-refresh-token' }

/** The refresh token that a sign-in has brought before the test. Its access token is nobody's. */
export const startWithRefreshToken = ({ sessions, credentials }: Api): void => {
  sessions.open({ token: opaque('unused-'), refreshToken: credentials['refreshToken'] })
}

/** RFC 6749 section 4.1.1, for a user who agrees at once. A code is good once, for a minute. */
export function authorize(request: ApiRequest, { credentials, memory, now }: Api): Reply {
  const { query } = request
  const isRight = query.get('client_id') === credentials['clientId'] && query.get('redirect_uri') === credentials['redirectUri']
  if (!isRight || query.get('response_type') !== 'code') refuse({ status: 400, body: 'invalid_request' }, 'not an authorization request')
  const code = opaque()
  memory.set(code, now() + 60_000)
  const back = new URL(credentials['redirectUri'] ?? '')
  back.searchParams.set('code', code)
  const state = query.get('state')
  if (state !== null) back.searchParams.set('state', state)
  return { status: 302, headers: { Location: back.href } }
}

export const tokenRequestKind = (request: ApiRequest): RequestKind =>
  new URLSearchParams(request.body).get('grant_type') === 'refresh_token' ? 'renewal' : 'log-in'

/** Reads a token request, and checks client and grant. A code is used up by this, a refresh token is not. */
export function readGrant(request: ApiRequest, api: Api, endpoint: TokenEndpoint): Grant {
  const isRefresh = tokenRequestKind(request) === 'renewal'
  const { may = [], refusals } = endpoint
  const isBasic = endpoint.client === 'basic' || request.headers.authorization !== undefined
  const clientNames = isBasic ? [] : ['client_id', 'client_secret']
  const grantNames = isRefresh ? ['refresh_token'] : ['code', 'redirect_uri']
  const grantType = endpoint.isGrantTypeOptional ? [] : ['grant_type']
  const fields = readExactly(request, {
    as: 'form',
    needs: [...grantType, ...grantNames, ...clientNames],
    may: [...may, 'grant_type', 'code_verifier'],
    authorization: isBasic,
  })
  const isRight = isBasic ? isRightBasic(request, api) : isRightBody(fields, api)
  if (!isRight) refuse(refusals.client, 'wrong client')
  if (isRefresh) return readRefresh(fields, api, refusals.refresh)
  const { grant_type: type = 'authorization_code' } = fields
  if (type !== 'authorization_code') refuse(refusals.grantType, `grant type ${type}`)
  const code = String(fields['code'])
  const expiresAt = api.memory.get(code) ?? 0
  api.memory.delete(code)
  if (api.now() >= expiresAt || fields['redirect_uri'] !== api.credentials['redirectUri']) refuse(refusals.code, 'bad code or redirect_uri')
  return { is: 'code' }
}

function readRefresh({ refresh_token: refreshToken }: Fields, { sessions }: Api, refusal: Reply): Grant {
  const found = sessions.findRefresh(refreshToken)
  if (found.is !== 'live') refuse(refusal, `refresh token ${found.is}`)
  return { is: 'refresh', refreshToken: String(refreshToken) }
}

function isRightBody(fields: Fields, { credentials }: Api): boolean {
  return fields['client_id'] === credentials['clientId'] && fields['client_secret'] === credentials['clientSecret']
}

function isRightBasic(request: ApiRequest, { credentials }: Api): boolean {
  const { clientId = '', clientSecret = '' } = credentials
  const [scheme, value, ...rest] = (request.headers.authorization ?? '').split(' ')
  if (scheme !== 'Basic' || value === undefined || rest.length > 0) throw new Misfit('not HTTP Basic')
  // RFC 6749 section 2.3.1: both parts are form-encoded first.
  return Buffer.from(value, 'base64').toString() === `${formEncoded(clientId)}:${formEncoded(clientSecret)}`
}

const formEncoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
