import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { clientCredentials, defineProvider, TokenManager } from '../../../../src/index.ts'
import { createScriptedTokenServer, type RecordExchangeOptions, recordExchange } from '../../../../src/testing.ts'
import { jwt } from '../../../support/jwt.ts'

/** What was sent and answered, through a recorder that is asked afterwards. */
interface Traffic {
  readonly url?: string
  readonly init?: RequestInit
  readonly reply?: Response
}

async function record(traffic: readonly Traffic[], options: RecordExchangeOptions = {}) {
  const replies = traffic.map(({ reply }) => reply ?? new Response('{}'))
  const recorder = recordExchange(async () => replies.shift() ?? new Response(null), options)
  for (const { url = 'https://api.example.com/things', init } of traffic) await (await recorder.fetch(url, init)).text()
  return recorder
}

const json = (body: unknown, headers = {}): Response => Response.json(body, { headers })
const post = (body: BodyInit, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', body, headers })
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

// Nothing that stands out: neither long nor mixed. Only its place says that it is secret.
const canary = 'plum & tea'
const form = new URLSearchParams({ canary }).toString().slice(7)

const places: Readonly<Record<string, Traffic>> = {
  'Authorization with a scheme': { init: { headers: { authorization: `Bearer ${canary}` } } },
  'Authorization without a scheme': { init: { headers: { authorization: canary.replaceAll(' ', '') } } },
  'Authorization by OAuth 1': { init: { headers: { authorization: `OAuth oauth_consumer_key="k", oauth_signature="${canary}"` } } },
  'Proxy-Authorization': { init: { headers: { 'proxy-authorization': `Digest response="${canary}"` } } },
  'a password in Basic': { init: { headers: { authorization: basic(`me:${canary}`) } } },
  'a password in Basic, encoded as forms are': { init: { headers: { authorization: basic(`me:${form}`) } } },
  'a user name in Basic that is the key': { init: { headers: { authorization: basic(`${canary}:`) } } },
  'Basic in a body': { init: post(JSON.stringify({ forward: basic(`me:${canary}`) })) },
  'a cookie': { init: { headers: { cookie: `theme=dark; any=${canary}` } } },
  'a cookie called like an attribute': { init: { headers: { cookie: `path=${canary}` } } },
  'a new cookie': { reply: new Response('{}', { headers: { 'set-cookie': `any=${canary}; Path=/; HttpOnly` } }) },
  'a further new cookie': {
    reply: new Response('{}', {
      headers: [
        ['set-cookie', 'a=b; Expires=Thu, 01 Jan 2026 00:00:00 GMT'],
        ['set-cookie', `any=${canary}`],
      ],
    }),
  },
  'a header of its own': { init: { headers: { 'x-api-key': canary } } },
  'a header called Token': { init: { headers: { Token: canary } } },
  'a session header': { init: { headers: { 'x-ftl-sid': canary } } },
  'a header of the reply': { reply: new Response('{}', { headers: { 'x-subject-token': canary } }) },
  'a query': { url: `https://api.example.com/?_sid=${encodeURIComponent(canary)}` },
  'a query that is encoded as forms are': { url: `https://api.example.com/?access_token=${form}` },
  'a fragment': { url: `https://api.example.com/#access_token=${encodeURIComponent(canary)}` },
  userinfo: { url: `https://me:${encodeURIComponent(canary)}@api.example.com/` },
  'a code in a query': { url: `https://api.example.com/callback?code=${form}` },
  'a place to go to': { reply: new Response(null, { status: 302, headers: { location: `/next?token=${form}` } }) },
  'a link': { reply: json({ next: `https://api.example.com/things?page=2&signature=${form}` }) },
  'a form': { init: post(new URLSearchParams({ username: 'me', password: canary })) },
  'a form with brackets': { init: post(`user%5Bpassword%5D=${form}`) },
  'form data': { init: post(Object.assign(new FormData(), {})) },
  JSON: { init: post(JSON.stringify({ apikey: canary })) },
  'JSON, deep': { init: post(JSON.stringify({ auth: { identity: { password: { user: { password: canary } } } } })) },
  'JSON, below a secret name': { reply: json([{ value: { Token: { leaseTime: 3600, name: canary } } }]) },
  'JSON, in a list': { reply: json({ tokens: ['first', canary] }) },
  'JSON, a list of lists': { reply: json({ access: [[{ x: canary }]] }) },
  'JSON, after a list': { reply: json({ list: [1, { a: [] }], refresh: canary }) },
  'JSON, camel case': { reply: json({ accessJwt: canary }) },
  'JSON within JSON': { reply: json({ body: JSON.stringify({ session: canary }) }) },
  'JSON within JSON within JSON': { reply: json({ body: JSON.stringify({ a: JSON.stringify({ pin: canary }) }) }) },
  'JSON with escapes in its names': { init: post(`{"pass\\u0077ord":${JSON.stringify(canary)}}`) },
  'JSON with escapes in its values': { init: post(`{"password":"pl\\u0075m & tea"}`) },
  'JSON that breaks off': { reply: new Response(`{"a":[1,{"access_token":"${canary}`) },
  GraphQL: { init: post(JSON.stringify({ query: `mutation { login(name: "me", password: "${canary}") { id } }` })) },
  'a printed object': { reply: new Response(`unexpected {'user': 'me', 'password': '${canary}'}`) },
  XML: {
    init: post(`<l:login xmlns:l="x"><l:user>me</l:user><l:password type="text">${canary.replace('&', '&amp;')}</l:password></l:login>`),
  },
  multipart: { init: post(`--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n${canary}\r\n--x--`) },
  HTML: { reply: new Response(`<input type="hidden" name="csrf_token" value="${canary}">`) },
  bytes: { init: post(new TextEncoder().encode(JSON.stringify({ client_secret: canary }))) },
  'a blob': { init: post(new Blob([JSON.stringify({ client_secret: canary })])) },
  'what the user names': {},
}

describe('a secret is masked in', () => {
  it.each(Object.keys(places))('%s, and wherever it is repeated', async (name) => {
    const fields = new FormData()
    fields.set('password', canary)
    const place = name === 'form data' ? { init: post(fields) } : { ...places[name] }
    const repeated: Traffic = {
      url: `https://api.example.com/${encodeURIComponent(canary)}?q=${form}`,
      init: { method: 'POST', headers: { 'x-note': `I said ${canary}` }, body: `again ${canary}` },
      reply: json({ message: `No such thing: ${canary}`, [canary]: 1, base64: Buffer.from(canary).toString('base64') }),
    }
    const secret = name === 'Authorization without a scheme' ? canary.replaceAll(' ', '') : canary
    // Also before it is known to be one.
    for (const traffic of [
      [place, repeated],
      [repeated, place],
    ]) {
      const recorder = await record(structure(traffic), name === 'what the user names' ? { secrets: [canary] } : {})
      expectHidden(recorder.toString(), name === 'Authorization without a scheme' ? [secret] : undefined)
      expect(JSON.stringify(recorder.exchanges())).toContain('‹')
    }
  })

  /** A reply can be read once. */
  const structure = (traffic: readonly Traffic[]): Traffic[] =>
    traffic.map((one) => ({ ...one, ...(one.reply && { reply: one.reply.clone() }) }))
})

function expectHidden(
  text: string,
  secrets: readonly string[] = [canary, form, encodeURIComponent(canary), 'plum', Buffer.from(canary).toString('base64')],
) {
  for (const secret of secrets) expect(text).not.toContain(secret)
}

describe('what no name tells', () => {
  it.each([
    ['a JWT', jwt({ sub: 'me' })],
    ['the beginning of a JWT', 'eyJhbGciOi'],
    ['a long mixed word', 'a1b2c3d4e5f6g7h8i9j0'],
    ['base64 with slashes', 'Zm9v/mFy+mJheg/Zm9vYmFyYmF6Zm9v/2Y='],
    ['a UUID', '5c0f7a52-9a4c-4c39-8d0f-3a1d6f2f9b10'],
    ['a key in PEM', '-----BEGIN PRIVATE KEY-----\nMIIB\nQWERTY\n-----END PRIVATE KEY-----'],
  ])('%s → it is masked by its looks', async (_, secret) => {
    const recorder = await record([{ reply: json({ data: secret }) }, { init: post(`x ${secret} y`) }])
    for (const text of [secret, 'QWERTY']) expect(recorder.toString()).not.toContain(text)
  })
})

describe('a secret that is repeated in another form', () => {
  const secret = 'correct horse/battery'
  it.each([
    ['in upper case', secret.toUpperCase()],
    ['without its spaces', secret.replaceAll(' ', '')],
    ['encoded twice', encodeURIComponent(encodeURIComponent(secret))],
    ['in small percent codes', 'correct%20horse%2fbattery'],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64, behind something else', Buffer.from(`x${secret}`).toString('base64')],
    ['in escapes', [...secret].map((char) => `\\u00${char.charCodeAt(0).toString(16)}`).join('')],
    ['in HTML', secret.replaceAll('/', '&#x2F;')],
    ['as its beginning', secret.slice(0, 14)],
  ])('%s → it is masked, or the text left out', async (_, form) => {
    const recorder = await record([{ init: post(JSON.stringify({ password: secret })), reply: new Response(`before ${form} after`) }])
    const [{ reply } = {}] = recorder.exchanges()
    expect(reply?.body?.replace(/‹\d+›/g, '')).not.toContain(form)
  })

  it('within a longer secret that overlaps it → nothing of either is left', async () => {
    const recorder = await record([
      { init: post(JSON.stringify({ password: 'abcdef', token: 'cdefghij' })), reply: new Response('<abcdefghij>') },
    ])
    expect(recorder.exchanges()[0]?.reply?.body).toMatch(/^<‹\d+›>$/)
  })
})

it('a secret of three characters is masked as a whole value, and words that contain it are left', async () => {
  const recorder = await record([{ init: post('pin=cat&q=cat&word=category') }])
  expect(recorder.exchanges()[0]?.request.body).toBe('pin=‹1›&q=‹1›&word=category')
})

it('a number that is a secret is masked', async () => {
  const recorder = await record([{ init: post(JSON.stringify({ pin: 4711 })), reply: json({ message: '4711 is wrong' }) }])
  expect(recorder.toString()).not.toContain('4711')
})

it('what helps stays: paths, statuses, words of errors, lifetimes, names of fields', async () => {
  const reply = json({ access_token: 'abcdef', token_type: 'Bearer', expires_in: 3600, error: 'invalid_grant', code: 'jwt_auth_failed' })
  const recorder = await record([
    { url: 'https://api.example.com/oauth2/token?api=Auth&version=6', init: post('grant_type=password&username=me'), reply },
  ])
  expect(recorder.exchanges()).toEqual([
    {
      request: {
        method: 'POST',
        url: 'https://api.example.com/oauth2/token?api=Auth&version=6',
        headers: {},
        body: 'grant_type=password&username=me',
      },
      reply: {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"access_token":"‹1›","token_type":"Bearer","expires_in":3600,"error":"invalid_grant","code":"jwt_auth_failed"}',
      },
    },
  ])
})

it.each(['JWT', 'Bearer'])('the type %s of a token, told by the reply → stays, also as the scheme of a call', async (type) => {
  const recorder = await record([
    { reply: json({ token: 'abcdef-123456', token_type: type }) },
    { init: { headers: { authorization: `${type} abcdef-123456` } } },
  ])
  const [first, second] = recorder.exchanges()
  expect(first?.reply?.body).toContain(type)
  expect(second?.request.headers['authorization']).toMatch(new RegExp(`^${type} ‹\\d›$`))
})

describe('a body', () => {
  it('longer than the limit → it is cut, and shows no beginning of a secret', async () => {
    for (let bodyLimit = 10; bodyLimit < 60; bodyLimit++) {
      const traffic = [
        { init: post('password=swordfish') },
        { reply: new Response(`{"a":"b", "c": "the word is swordfish"} and so on and on and on`) },
      ]
      const text = (await record(traffic, { bodyLimit })).exchanges()[1]?.reply?.body ?? ''
      expect(text.endsWith('…')).toBe(true)
      expect(text).not.toMatch(/is s/)
    }
  })

  it.each([
    ['an image', 'image/png'],
    ['a stream of events', 'text/event-stream'],
    ['a video', 'video/mp4'],
  ])('that is %s → it is not read, and reaches the caller', async (_, type) => {
    let pulled = 0
    const stream = new ReadableStream(
      {
        pull: (controller) => {
          pulled++
          controller.enqueue(new Uint8Array(9))
        },
      },
      { highWaterMark: 0 },
    )
    const recorder = recordExchange(async () => new Response(stream, { headers: { 'content-type': type } }))
    const response = await recorder.fetch('https://api.example.com/')
    expect(recorder.exchanges()[0]?.reply?.body).toBe(`(${type}, not recorded)`)
    expect(pulled).toBe(0)
    expect((await response.body?.getReader().read())?.value).toHaveLength(9)
  })

  it('that is sent as a stream → it is not used up', async () => {
    const recorder = recordExchange(async (input, init) => new Response(await new Request(input, init).text()))
    const init = { method: 'POST', body: new Blob(['token=abc']).stream(), duplex: 'half' } as RequestInit
    expect(await (await recorder.fetch('https://api.example.com/', init)).text()).toBe('token=abc')
    expect(recorder.exchanges()[0]?.request.body).toBe('(a stream, not recorded)')
  })

  it('of a Request → it is recorded, and sent', async () => {
    const recorder = recordExchange(async (input) => new Response(await (input as Request).text()))
    const request = new Request('https://api.example.com/', { method: 'PUT', body: 'secret=sauce', headers: { 'x-a': 'b' } })
    expect(await (await recorder.fetch(request)).text()).toBe('secret=sauce')
    expect(recorder.exchanges()[0]?.request).toMatchObject({ method: 'PUT', body: 'secret=‹1›', headers: { 'x-a': 'b' } })
  })

  it('that never ends → it is shown as far as it has come', async () => {
    const stream = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{"hello ":')) })
    const recorder = recordExchange(async () => new Response(stream))
    const response = await recorder.fetch('https://api.example.com/')
    await response.body?.getReader().read()
    await expect.poll(() => recorder.exchanges()[0]?.reply?.body).toBe('{"hello ":…')
  })
})

it('a request that fails → its failure is recorded without words of the platform, and thrown as it is', async () => {
  const thrown = Object.assign(new TypeError('getaddrinfo https://me:swordfish@api'), { code: 'ENOTFOUND' })
  const recorder = recordExchange(() => Promise.reject(thrown))
  await expect(recorder.fetch('https://api.example.com/')).rejects.toBe(thrown)
  expect(recorder.exchanges()).toEqual([
    { request: { method: 'GET', url: 'https://api.example.com/', headers: {} }, failure: 'TypeError (ENOTFOUND)' },
  ])
})

it('more exchanges than are kept → the oldest ones go, and their secrets stay known', async () => {
  const traffic = [{ init: post('password=swordfish') }, {}, { init: post('the swordfish') }]
  const recorder = await record(traffic, { keep: 2 })
  expect(recorder.exchanges().map(({ request }) => request.body)).toEqual([undefined, 'the ‹1›'])
})

it('a manager with it works as without, and its token has one number everywhere', async () => {
  const api = async () => Response.json({ is: 'fine' })
  const server = createScriptedTokenServer({ replies: [{ sid: 'a-plain-word' }], elsewhere: api })
  const recorder = recordExchange(server.fetch)
  const provider = defineProvider({
    name: 'example',
    apiUrl: 'https://api.example.com',
    tokenUrl: server.tokenUrl,
    tokenResponse: { accessToken: 'sid', defaultLifetimeMs: 60_000 },
    authorization: { query: 'ticket' },
  })
  const tokens = new TokenManager({ provider, grant: clientCredentials({ clientId: 'me', clientSecret: 'plum' }), fetch: recorder.fetch })
  expect(await (await tokens.fetch('https://api.example.com/things')).json()).toEqual({ is: 'fine' })
  const [first, second] = recorder.exchanges()
  const [, number] = /"sid":"(‹\d+›)"/.exec(first?.reply?.body ?? '') ?? []
  expect(second?.request.url).toBe(`https://api.example.com/things?ticket=${number}`)
  expect(recorder.toString()).not.toMatch(/plum|plain/)
})

it('what docs/testing.md shows is what a recorder writes', async () => {
  const server = createScriptedTokenServer({
    replies: [{ data: { sid: 'k7-blue-lamp', ttl: 900 } }, Response.json({ ok: false, reason: 'secret plum-cake is not known' })],
    elsewhere: async () => Response.json({ ok: false, reason: 'session expired' }, { status: 403 }),
  })
  const provider = defineProvider({
    name: 'example',
    apiUrl: 'https://api.example.com',
    tokenUrl: server.tokenUrl,
    tokenRequest: { body: { id: '{client_id}', secret: '{client_secret}' } },
    tokenResponse: { accessToken: 'data.sid', expiresIn: 'data.ttl' },
    authorization: { query: 'sid' },
    isRejection: { status: 403, path: 'reason', contains: 'expired' },
  })
  const recorder = recordExchange(server.fetch)
  const grant = clientCredentials({ clientId: 'my-app', clientSecret: 'plum-cake' })
  const tokens = new TokenManager({ provider, grant, fetch: recorder.fetch })
  await tokens.fetch('https://api.example.com/cameras')
  const page = await readFile(new URL('../../../../docs/testing.md', import.meta.url), 'utf8')
  expect(page).toContain(`\`\`\`\n${recorder}\n\`\`\``)
})
