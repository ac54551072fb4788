import { createHash } from 'node:crypto'
import { http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TokenwellError } from '../../../src/base/errors.ts'
import { createTokenSource } from '../../../src/endpoint/token-source.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { defineProvider } from '../../../src/providers/define-provider.ts'
import type { Token } from '../../../src/token/token.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { tokenOf } from '../../support/token-of.ts'

/** The only request that the server takes: everything but these is refused. */
interface Wanted {
  method?: 'GET'
  url?: string
  query?: Record<string, string>
  form?: Record<string, string>
  json?: Record<string, string>
  authorization?: string
  headers?: Record<string, string>
}

interface Row {
  api: string
  needs: string
  profile: Omit<Provider, 'name' | 'apiUrl' | 'tokenUrl'>
  grant: Grant
  wanted: Wanted
  reply: () => Response
  gives?: Partial<Token>
  fails?: { code: string; error: string; errorDescription?: string }
  /** A second request, which renews the token of the first. */
  renewal?: { wanted: Wanted; reply: () => Response; gives: Partial<Token> }
  /** What an API request must carry. */
  sends?: Record<string, string>
}

const now = 1_800_000_000_000
const tokenUrl = 'https://auth.example/oauth/token'
const apiUrl = 'https://api.example/v1'
const client = clientCredentials({ clientId: 'id', clientSecret: 's3cret' })
const code = authorizationCode({ clientId: 'id', clientSecret: 's3cret', code: 'c0de', redirectUri: 'https://app.example/cb' })
const basic = `Basic ${btoa('id:s3cret')}`
const codeParameters = { grant_type: 'authorization_code', code: 'c0de', redirect_uri: 'https://app.example/cb' }
const asClient = { grant_type: 'client_credentials' }
const idAndSecret = { client_id: 'id', client_secret: 's3cret' }
const json =
  (body: unknown, status = 200) =>
  () =>
    Response.json(body, { status })
const text =
  (body: string, type: string, status = 200) =>
  () =>
    new Response(body, { status, headers: { 'content-type': type } })

const rows: Row[] = [
  {
    api: 'GitHub',
    needs: 'a form-encoded reply',
    profile: { tokenRequest: { clientAuthentication: 'body' }, tokenResponse: { scopeSeparator: ',' } },
    grant: code,
    wanted: { form: { ...codeParameters, ...idAndSecret } },
    reply: text('access_token=gho_1&scope=repo%2Cgist&token_type=bearer', 'application/x-www-form-urlencoded; charset=utf-8'),
    gives: { accessToken: 'gho_1', scope: ['repo', 'gist'], tokenType: 'bearer' },
  },
  {
    api: 'GitHub',
    needs: 'an error with HTTP 200',
    profile: { tokenRequest: { clientAuthentication: 'body' } },
    grant: code,
    wanted: { form: { ...codeParameters, ...idAndSecret } },
    reply: text('error=bad_verification_code&error_description=The+code+c0de+is+expired.', 'application/x-www-form-urlencoded'),
    fails: { code: 'refused', error: 'bad_verification_code' },
  },
  {
    api: 'Slack',
    needs: 'a nested path and scopes by comma',
    profile: {
      tokenResponse: {
        accessToken: ['authed_user.access_token', 'access_token'],
        scope: 'authed_user.scope',
        scopeSeparator: ',',
        isSuccess: (_, body) => (body as { ok?: unknown } | undefined)?.ok === true,
      },
    },
    grant: code,
    wanted: { authorization: basic, form: codeParameters },
    reply: json({ ok: true, authed_user: { id: 'U1', access_token: 'xoxp-1', scope: 'chat:write,users:read' } }),
    gives: { accessToken: 'xoxp-1', scope: ['chat:write', 'users:read'] },
  },
  {
    api: 'Slack',
    needs: 'a success predicate',
    profile: { tokenResponse: { isSuccess: (_, body) => (body as { ok?: unknown } | undefined)?.ok === true } },
    grant: code,
    wanted: { authorization: basic, form: codeParameters },
    reply: json({ ok: false, error: 'invalid_code', access_token: 'not-this' }),
    fails: { code: 'refused', error: 'invalid_code' },
  },
  {
    api: 'Facebook (old)',
    needs: 'a text/plain form reply, and `expires`',
    profile: {
      tokenRequest: { method: 'GET', clientAuthentication: 'query' },
      tokenResponse: { expiresIn: ['expires_in', 'expires'] },
    },
    grant: code,
    wanted: { method: 'GET', query: { ...codeParameters, ...idAndSecret } },
    reply: text('access_token=EAAB&expires=5183999', 'text/plain; charset=UTF-8'),
    gives: { accessToken: 'EAAB', expiresAt: now + 5_183_999_000 },
  },
  {
    api: 'Fitbit',
    needs: 'an error mapping',
    profile: {
      tokenResponse: {
        error: (_, body) => {
          const [first] = (body as { errors?: { errorType: string; message: string }[] } | undefined)?.errors ?? []
          return first && { error: first.errorType, errorDescription: first.message }
        },
      },
    },
    grant: code,
    wanted: { authorization: basic, form: codeParameters },
    reply: json({ success: false, errors: [{ errorType: 'invalid_grant', message: 'Authorization code invalid: c0de' }] }, 400),
    fails: { code: 'refused', error: 'invalid_grant' },
  },
  {
    api: 'Mailchimp',
    needs: 'zero and null rules',
    profile: { tokenResponse: { zeroMeansNever: true } },
    grant: code,
    wanted: { authorization: basic, form: codeParameters },
    reply: json({ access_token: 'mc', expires_in: 0, scope: null }),
    gives: { accessToken: 'mc', expiresAt: undefined },
  },
  {
    api: 'eBay',
    needs: 'a scheme that is not taken from the reply',
    profile: {},
    grant: client,
    wanted: { authorization: basic, form: asClient },
    reply: json({ access_token: 'v^1.1#i', token_type: 'User Access Token', expires_in: 7200 }),
    gives: { accessToken: 'v^1.1#i', tokenType: 'User Access Token' },
    sends: { authorization: 'Bearer v^1.1#i' },
  },
  {
    api: 'WeChat',
    needs: 'GET, renames, errors in 200 as errcode',
    profile: {
      tokenRequest: { method: 'GET', clientAuthentication: 'query', parameterNames: { client_id: 'appid', client_secret: 'secret' } },
      tokenResponse: {
        error: (_, body) => {
          const { errcode, errmsg } = (body ?? {}) as { errcode?: number; errmsg?: string }
          return errcode ? { error: errcode === 40_125 ? 'invalid_client' : 'invalid_request', errorDescription: errmsg } : undefined
        },
      },
    },
    grant: client,
    wanted: { method: 'GET', query: { grant_type: 'client_credentials', appid: 'id', secret: 's3cret' } },
    reply: json({ errcode: 40_125, errmsg: 'invalid appsecret s3cret' }),
    fails: { code: 'refused', error: 'invalid_client' },
  },
  {
    api: 'TikTok',
    needs: 'client_key for client_id',
    profile: { tokenRequest: { clientAuthentication: 'body', parameterNames: { client_id: 'client_key' } } },
    grant: client,
    wanted: { form: { ...asClient, client_key: 'id', client_secret: 's3cret' } },
    reply: json({ access_token: 'clt.1', expires_in: 7200, token_type: 'Bearer' }),
    gives: { accessToken: 'clt.1', expiresAt: now + 7_200_000 },
  },
  {
    api: 'PayPal',
    needs: 'expires_in as a string',
    profile: {},
    grant: client,
    wanted: { authorization: basic, form: asClient },
    reply: json({ access_token: 'A21AA', expires_in: '32400', token_type: 'Bearer' }),
    gives: { accessToken: 'A21AA', expiresAt: now + 32_400_000 },
  },
  {
    api: 'Fiserv',
    needs: 'expires_in in milliseconds',
    profile: { tokenResponse: { expiresInUnit: 'ms' } },
    grant: client,
    wanted: { authorization: basic, form: asClient },
    reply: json({ access_token: 'fv', expires_in: 900_000 }),
    gives: { expiresAt: now + 900_000 },
  },
  {
    api: 'Salesforce',
    needs: 'a default lifetime, and extra fields',
    profile: { tokenResponse: { defaultLifetimeMs: 7_200_000, extra: ['instance_url', 'id'] } },
    grant: client,
    wanted: { authorization: basic, form: asClient },
    reply: json({ access_token: '00D!x', instance_url: 'https://na1.example', signature: 'not kept', token_type: 'Bearer' }),
    gives: { accessToken: '00D!x', expiresAt: now + 7_200_000, extra: { instance_url: 'https://na1.example' } },
  },
  {
    api: 'Notion, Braintree',
    needs: 'a JSON body with Basic',
    profile: { headers: { 'Notion-Version': '2022-06-28' }, tokenRequest: { encoding: 'json' } },
    grant: code,
    wanted: { authorization: basic, json: codeParameters, headers: { 'notion-version': '2022-06-28' } },
    reply: json({ access_token: 'ntn_1', token_type: 'bearer' }),
    gives: { accessToken: 'ntn_1' },
  },
  {
    api: 'Transporeon',
    needs: 'parameters in the query of a POST, with Basic',
    profile: { tokenRequest: { encoding: 'query', clientAuthentication: 'basic' } },
    grant: client,
    wanted: { authorization: basic, query: asClient },
    reply: json({ access_token: 'tp', expires_in: 60 }),
    gives: { accessToken: 'tp' },
  },
  {
    api: 'Setmore',
    needs: 'a path',
    profile: {
      tokenRequest: { method: 'GET', parameterNames: { grant_type: false, refresh_token: 'refreshToken', client_id: false } },
      tokenResponse: { accessToken: 'data.token.access_token', expiresIn: 'data.token.expires_in' },
    },
    grant: refreshToken({ clientId: 'id', refreshToken: 'r1' }),
    wanted: { method: 'GET', query: { refreshToken: 'r1' } },
    reply: json({ response: true, data: { token: { access_token: 'sm', expires_in: 86_400 } } }),
    gives: { accessToken: 'sm', refreshToken: 'r1', expiresAt: now + 86_400_000 },
  },
  {
    api: 'Toast',
    needs: 'other names on both sides',
    profile: {
      tokenRequest: {
        encoding: 'json',
        clientAuthentication: 'body',
        parameterNames: { client_id: 'clientId', client_secret: 'clientSecret', grant_type: false },
        extraParameters: { userAccessType: 'TOAST_MACHINE_CLIENT' },
      },
      tokenResponse: { accessToken: 'token.accessToken', tokenType: 'token.tokenType', expiresIn: 'token.expiresIn' },
    },
    grant: client,
    wanted: { json: { clientId: 'id', clientSecret: 's3cret', userAccessType: 'TOAST_MACHINE_CLIENT' } },
    reply: json({ token: { tokenType: 'Bearer', expiresIn: 19_168, accessToken: 'to' }, status: 'SUCCESS' }),
    gives: { accessToken: 'to', expiresAt: now + 19_168_000 },
  },
  {
    api: 'Tripletex',
    needs: 'a path, and an expiry date',
    profile: { tokenResponse: { accessToken: 'value.token', expiresAt: 'value.expirationDate' } },
    grant: client,
    wanted: { authorization: basic, form: asClient },
    reply: json({ value: { token: 'tt', expirationDate: '2027-01-16' } }),
    gives: { accessToken: 'tt', expiresAt: Date.UTC(2027, 0, 16) },
  },
  {
    api: 'Avanan',
    needs: 'the root path',
    profile: { tokenResponse: { accessToken: '' } },
    grant: client,
    wanted: { authorization: basic, form: asClient },
    reply: text('eyJh.eyJl.c2ln==', 'text/plain'),
    gives: { accessToken: 'eyJh.eyJl.c2ln==' },
  },
  {
    api: 'JobDiva',
    needs: 'the root path of a JSON text',
    profile: {
      tokenRequest: { method: 'GET', clientAuthentication: 'query', parameterNames: { client_id: 'clientid', grant_type: false } },
      tokenResponse: { accessToken: '' },
    },
    grant: client,
    wanted: { method: 'GET', query: { clientid: 'id', client_secret: 's3cret' } },
    reply: json('jd-token'),
    gives: { accessToken: 'jd-token' },
  },
  {
    api: 'Clover, Bing, Aspire',
    needs: 'another URL and other names for refresh',
    profile: {
      tokenRequest: { encoding: 'json', clientAuthentication: 'body' },
      renewal: {
        by: 'refresh_token',
        url: 'https://auth.example/oauth/refresh',
        request: { clientAuthentication: 'none', parameterNames: { refresh_token: 'RefreshToken', grant_type: false } },
      },
      tokenResponse: { refreshExpiresAt: 'refresh_token_expiration', expiresAt: 'access_token_expiration' },
    },
    grant: code,
    wanted: { json: { ...codeParameters, ...idAndSecret } },
    reply: json({
      access_token: 'cl1',
      access_token_expiration: now / 1000 + 1800,
      refresh_token: 'cr1',
      refresh_token_expiration: now / 1000 + 86_400,
    }),
    gives: { accessToken: 'cl1', expiresAt: now + 1_800_000, refreshToken: 'cr1', refreshableUntil: now + 86_400_000 },
    renewal: {
      wanted: { url: 'https://auth.example/oauth/refresh', json: { RefreshToken: 'cr1', client_id: 'id' } },
      reply: json({ access_token: 'cl2', refresh_token: 'cr2' }),
      gives: { accessToken: 'cl2', refreshToken: 'cr2' },
    },
  },
  {
    api: 'Shopify, Bullhorn, Amazon',
    needs: 'an own header, not Authorization',
    profile: { tokenRequest: { clientAuthentication: 'body' }, authorization: { header: 'X-Shopify-Access-Token' } },
    grant: client,
    wanted: { form: { ...asClient, ...idAndSecret } },
    reply: json({ access_token: 'shpat_1', scope: 'write_orders', expires_in: 86_399 }),
    gives: { accessToken: 'shpat_1', scope: ['write_orders'] },
    sends: { 'x-shopify-access-token': 'shpat_1' },
  },
  {
    api: 'Breezy, Veeva',
    needs: 'a raw token without a scheme',
    profile: { authorization: { scheme: '' } },
    grant: client,
    wanted: { authorization: basic, form: asClient },
    reply: json({ access_token: 'bz', expires_in: 60 }),
    gives: { accessToken: 'bz' },
    sends: { authorization: 'bz' },
  },
  {
    api: 'Optimizely, Freelancer',
    needs: 'the name and the separator of scopes',
    profile: {
      tokenRequest: { scopeParameter: 'advanced_scopes', scopeSeparator: ',' },
      tokenResponse: { scope: 'advanced_scopes', scopeSeparator: '+' },
    },
    grant: clientCredentials({ clientId: 'id', clientSecret: 's3cret', scope: ['1', '2'] }),
    wanted: { authorization: basic, form: { ...asClient, advanced_scopes: '1,2' } },
    reply: json({ access_token: 'fl', advanced_scopes: '1+2', expires_in: 60 }),
    gives: { scope: ['1', '2'] },
  },
  {
    api: 'Withings',
    needs: 'a nested reply, and fixed extra parameters',
    profile: {
      tokenRequest: { clientAuthentication: 'body', extraParameters: { action: 'requesttoken' } },
      tokenResponse: {
        accessToken: 'body.access_token',
        refreshToken: 'body.refresh_token',
        expiresIn: 'body.expires_in',
        scope: 'body.scope',
        scopeSeparator: ',',
      },
    },
    grant: code,
    wanted: { form: { action: 'requesttoken', ...codeParameters, ...idAndSecret } },
    reply: json({
      status: 0,
      body: { userid: 1, access_token: 'wi', refresh_token: 'wr', expires_in: 10_800, scope: 'user.info,user.metrics' },
    }),
    gives: { accessToken: 'wi', refreshToken: 'wr', expiresAt: now + 10_800_000, scope: ['user.info', 'user.metrics'] },
    renewal: {
      wanted: { form: { action: 'requesttoken', grant_type: 'refresh_token', refresh_token: 'wr', ...idAndSecret } },
      reply: json({ status: 0, body: { access_token: 'wi2', refresh_token: 'wr2', expires_in: 10_800 } }),
      gives: { accessToken: 'wi2', refreshToken: 'wr2' },
    },
  },
  {
    api: 'Twitter v2',
    needs: 'Basic and client_id in the body',
    profile: { tokenRequest: { clientAuthentication: ['basic', 'none'] } },
    grant: code,
    wanted: { authorization: basic, form: { ...codeParameters, client_id: 'id' } },
    reply: json({ token_type: 'bearer', access_token: 'tw', expires_in: 7200 }),
    gives: { accessToken: 'tw' },
  },
  {
    api: 'Smartsheet',
    needs: 'an async secret transformation',
    profile: {
      tokenRequest: {
        clientAuthentication: 'body',
        parameterNames: { client_secret: 'hash' },
        transformSecret: async (secret, { code: presented, refresh_token: token }) => sha256(`${secret}|${presented ?? token}`),
      },
    },
    grant: code,
    wanted: { form: { ...codeParameters, client_id: 'id', hash: sha256('s3cret|c0de') } },
    reply: json({ access_token: 'ss', refresh_token: 'sr', expires_in: 604_799 }),
    gives: { accessToken: 'ss' },
    renewal: {
      wanted: { form: { grant_type: 'refresh_token', refresh_token: 'sr', client_id: 'id', hash: sha256('s3cret|sr') } },
      reply: json({ access_token: 'ss2', refresh_token: 'sr2' }),
      gives: { accessToken: 'ss2', refreshToken: 'sr2' },
    },
  },
  {
    api: 'Twitch',
    needs: 'scope as an array',
    profile: { tokenRequest: { clientAuthentication: 'body' } },
    grant: code,
    wanted: { form: { ...codeParameters, ...idAndSecret } },
    reply: json({ access_token: 'tv', expires_in: 14_124, scope: ['channel:moderate', 'chat:read', ''], token_type: 'bearer' }),
    gives: { scope: ['channel:moderate', 'chat:read'] },
  },
  {
    api: 'Twitch',
    needs: 'errors {status, message}',
    profile: {
      tokenRequest: { clientAuthentication: 'body' },
      tokenResponse: {
        error: (status, body) => {
          const { message } = (body ?? {}) as { message?: string }
          return status === 403 && message ? { error: 'invalid_client', errorDescription: message } : undefined
        },
      },
    },
    grant: code,
    wanted: { form: { ...codeParameters, ...idAndSecret } },
    reply: json({ status: 403, message: 'invalid client secret' }, 403),
    fails: { code: 'refused', error: 'invalid_client', errorDescription: 'invalid client secret' },
  },
  {
    api: 'Servers that omit refresh_token on refresh',
    needs: 'the old one kept',
    profile: {},
    grant: code,
    wanted: { authorization: basic, form: codeParameters },
    reply: json({ access_token: 'a1', refresh_token: 'r1', scope: 'a b', expires_in: 60 }),
    gives: { accessToken: 'a1', refreshToken: 'r1' },
    renewal: {
      wanted: { authorization: basic, form: { grant_type: 'refresh_token', refresh_token: 'r1' } },
      reply: json({ access_token: 'a2', expires_in: 60 }),
      gives: { accessToken: 'a2', refreshToken: 'r1', scope: ['a', 'b'] },
    },
  },
  {
    api: 'JWT bearer assertions (RFC 7523)',
    needs: 'a custom grant without a client',
    profile: {},
    grant: customGrant({ grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer', parameters: { assertion: async () => 'h.c.s' } }),
    wanted: { form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'h.c.s' } },
    reply: json({ access_token: 'jb', expires_in: 60 }),
    gives: { accessToken: 'jb' },
  },
  {
    api: 'an own way of authenticating',
    needs: 'a function',
    profile: {
      tokenRequest: {
        clientAuthentication: async ({ clientId, clientSecret }) => ({
          headers: { 'X-Api-Key': `${clientId}/${clientSecret}` },
          parameters: { nonce: '1' },
        }),
      },
    },
    grant: client,
    wanted: { form: { ...asClient, nonce: '1' }, headers: { 'x-api-key': 'id/s3cret' } },
    reply: json({ access_token: 'ow', expires_in: 60 }),
    gives: { accessToken: 'ow' },
  },
]

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const title = '$api: $needs'

describe('the request is the one that the server takes, and its reply is understood', () => {
  it.each(rows)(title, async ({ wanted, reply, gives, fails, ...row }) => {
    serveToken(wanted, reply)
    const outcome = await tokenOf(sourceOf(row).ask()).catch((error: TokenwellError) => error)
    if (!fails) expect(outcome).toMatchObject({ issuedAt: now, ...gives })
    else {
      const { code, error, errorDescription } = outcome as TokenwellError
      expect({ code, error, errorDescription }).toEqual(fails)
    }
  })
})

describe('the token is renewed in its way', () => {
  it.each(rows.filter((row) => row.renewal))(title, async ({ wanted, reply, renewal, ...row }) => {
    const source = sourceOf(row)
    serveToken(wanted, reply)
    const first = await tokenOf(source.ask())
    expect(source.renewableBy(first, now)).toBe('refresh_token')
    serveToken(renewal?.wanted as Wanted, renewal?.reply as () => Response)
    expect(await tokenOf(source.present(first))).toMatchObject(renewal?.gives ?? {})
  })
})

describe('API requests carry the token in its way', () => {
  it.each(rows.filter((row) => row.sends))(title, async ({ wanted, reply, sends = {}, ...row }) => {
    serveToken(wanted, reply)
    let headers = new Headers()
    server.use(
      http.get(`${apiUrl}/things`, ({ request }) => {
        headers = request.headers
        return Response.json([])
      }),
    )
    using tokens = new TokenManager({ provider: providerOf(row), grant: row.grant })
    expect((await tokens.fetch(`${apiUrl}/things`)).status).toBe(200)
    expect(Object.fromEntries(headers)).toMatchObject(sends)
    if (!sends['authorization']) expect(headers.get('authorization')).toBeNull()
  })
})

it('FusionAuth: WWW-Authenticate on responses other than 401 needs a rejection predicate', async () => {
  const provider = defineProvider({
    name: 'fusion',
    apiUrl,
    tokenUrl,
    isRejection: (response) => /error="invalid_token"/.test(response.headers.get('www-authenticate') ?? ''),
  })
  let issued = 0
  const seen: (string | null)[] = []
  server.use(
    http.post(tokenUrl, () => Response.json({ access_token: `t${++issued}`, expires_in: 3600 })),
    http.get(`${apiUrl}/me`, ({ request }) => {
      seen.push(request.headers.get('authorization'))
      if (request.headers.get('authorization') === 'Bearer t2') return Response.json({})
      return new Response(null, { status: 403, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
    }),
  )
  using tokens = new TokenManager({ provider, grant: client })
  expect((await tokens.fetch(`${apiUrl}/me`)).status).toBe(200)
  expect(seen).toEqual(['Bearer t1', 'Bearer t2'])
})

function providerOf({ profile }: Pick<Row, 'profile'>): Provider {
  return defineProvider({ name: 'quirky', apiUrl, tokenUrl, ...profile })
}

function sourceOf(row: Pick<Row, 'profile' | 'grant'>) {
  return createTokenSource({ provider: providerOf(row), grant: row.grant, now: () => now, retry: { retries: 0 } })
}

function serveToken(wanted: Wanted, reply: () => Response): void {
  server.resetHandlers(
    http.all(wanted.url ?? tokenUrl, async ({ request }) => {
      const got = await describeRequest(request)
      const { form, json: data, query = {}, authorization = null, method = 'POST', headers = {} } = wanted
      const type = form ? 'application/x-www-form-urlencoded' : data ? 'application/json' : null
      const extra = Object.fromEntries(Object.keys(headers).map((name) => [name, request.headers.get(name)]))
      // What is thrown in a handler becomes a 500, which hides the difference.
      try {
        expect({ ...got, headers: extra }).toEqual({
          method,
          query,
          authorization,
          type,
          accept: 'application/json',
          body: form ?? data ?? null,
          headers,
        })
      } catch (error) {
        return Response.json({ error: 'invalid_request', error_description: String(error).slice(0, 150) }, { status: 418 })
      }
      return reply()
    }),
  )
}

async function describeRequest(request: Request) {
  const body = await request.text()
  const type = request.headers.get('content-type')
  return {
    method: request.method,
    query: Object.fromEntries(new URL(request.url).searchParams),
    authorization: request.headers.get('authorization'),
    accept: request.headers.get('accept'),
    type,
    body: !body ? null : type === 'application/json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body)),
  }
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}
