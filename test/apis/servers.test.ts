import { afterEach, describe, expect, it } from 'vitest'
import { type ApiDefinition, type RequestKind, type RunningApi, startApiServer } from './api-server.ts'
import { plainClients } from './plain-clients.ts'
import { type ClientContext, type Expected, type Held, type PlainClient, type PlainRequest, send } from './plain-request.ts'

const start = Date.UTC(2027, 0, 15, 12)
let time = start
const running: RunningApi[] = []

afterEach(async () => {
  time = start
  await Promise.all(running.splice(0).map((api) => api.close()))
})

/** A client of a server that has just started. */
async function startWith(definition: ApiDefinition, client: PlainClient) {
  const api = await startApiServer(definition, { now: () => time })
  running.push(api)
  // A client keeps the credentials that it was made with.
  const { credentials } = api
  const context = (): ClientContext => ({ url: api.url, credentials, now: time })
  const logInRequest = async (): Promise<PlainRequest> => {
    const before = client.before ? await (await send(api.url, client.before(context()))).text() : ''
    return client.logIn(context(), before)
  }
  const call = ({ baseUrl = api.url }: Held, request: PlainRequest) => send(baseUrl, request)
  return {
    api,
    logInRequest,
    logIn: async () => send(api.url, await logInRequest()),
    take: async (response: Response): Promise<Held> => client.take({ headers: response.headers, body: parsed(await response.text()) }),
    read: (held: Held) => call(held, client.read(held, context())),
    write: (held: Held) => call(held, client.write(held, context())),
    renew: (held: Held) => send(api.url, client.renew!(held, context())),
    logOut: (held: Held) => call(held, client.logOut!(held, context())),
  }
}

const parsed = (text: string): unknown => (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text)

async function expectReply(response: Response, [status, text]: Expected): Promise<void> {
  const body = await response.text()
  expect({ status: response.status, body }).toEqual({ status, body: expect.stringContaining(text) })
}

async function expectGood(response: Response): Promise<void> {
  const body = await response.text()
  expect(response.status, body).toBeLessThan(300)
}

const kindsOf = ({ requests }: RunningApi): RequestKind[] => requests.map(({ kind }) => kind)

/** Without what a mistake of the server itself would leave. */
const lastOf = ({ requests }: RunningApi) => {
  expect(requests.filter(({ status }) => status === 599)).toEqual([])
  return requests.at(-1)!
}

/** A log-in with one thing changed, where that can be changed. Each of these must be refused. */
const changes: Record<string, (request: PlainRequest) => PlainRequest | undefined> = {
  'another method': (request) => ({ ...request, method: 'PUT' }),
  'another encoding': ({ json, form, ...request }) => {
    if (form) return { ...request, json: form }
    return json === undefined ? undefined : { ...request, form: Object.fromEntries(Object.entries(json as object)) }
  },
  'another content type': (request) =>
    (request.json ?? request.form) ? { ...request, headers: { ...request.headers, 'content-type': 'text/plain' } } : undefined,
  'an unknown name in the body': ({ json, form, ...request }) => {
    const unknown = { client_assertion: 'extra' }
    if (request.method === 'GET') return undefined
    if (form) return { ...request, form: { ...form, ...unknown } }
    return { ...request, json: Array.isArray(json) ? [{ ...json[0], ...unknown }] : { ...(json as object | undefined), ...unknown } }
  },
  'an unknown name in the query': (request) => ({ ...request, path: `${request.path}${request.path.includes('?') ? '&' : '?'}extra=1` }),
  "somebody else's HTTP Basic": (request) => ({ ...request, headers: { ...request.headers, authorization: 'Basic YTpi' } }),
}

const named = [...plainClients].map(([definition, client]) => ({ name: definition.name, definition, client }))

const clientsWith = (what: keyof PlainClient) => named.filter(({ client }) => client[what])

describe.each(named)('$name', ({ definition, client }) => {
  it('lets the token of a log-in read and write, and records who carried which token', async () => {
    const { api, logIn, take, read, write } = await startWith(definition, client)
    const held = await take(await logIn())
    expect(held.token).toMatch(/.{8}/)
    const { issued } = lastOf(api)
    expect(issued).toBeGreaterThan(0)
    await expectGood(await read(held))
    expect(lastOf(api)).toMatchObject({ kind: 'api', isCarriedOut: true, carried: [issued] })
    await expectGood(await write(held))
    expect(lastOf(api)).toMatchObject({ kind: 'api', method: 'POST', isCarriedOut: true, carried: [issued] })
  })

  it('refuses a wrong password in its own words', async () => {
    const { api, logIn } = await startWith(definition, client)
    api.rejectCredentials()
    await expectReply(await logIn(), client.wrongPassword)
    expect(lastOf(api)).toMatchObject({ isCarriedOut: false, issued: undefined, reason: expect.any(String) })
    expect(['log-in', 'renewal']).toContain(lastOf(api).kind)
  })

  it('refuses a log-in that is not exactly of its form', async () => {
    const { api, logInRequest } = await startWith(definition, client)
    for (const [name, change] of Object.entries(changes)) {
      const changed = change(await logInRequest())
      if (!changed) continue
      await send(api.url, changed)
      expect({ name, ...lastOf(api) }).toMatchObject({ name, isCarriedOut: false, issued: undefined, reason: expect.any(String) })
    }
  })

  it('refuses a token that it has forgotten, and carries nothing out', async () => {
    const { api, logIn, take, read, write } = await startWith(definition, client)
    const held = await take(await logIn())
    api.dropTokens()
    await expectReply(await write(held), client.gone)
    expect(lastOf(api)).toMatchObject({ kind: 'api', isCarriedOut: false })
    await expectReply(await read(held), client.gone)
    await expectGood(await read(await take(await logIn())))
  })

  it('takes a token until it expires, and then says so', async () => {
    const { logIn, take, read } = await startWith(definition, client)
    const held = await take(await logIn())
    time += definition.lifetimeMs
    await expectReply(await read(held), client.expired ?? client.gone)
    const successor = await take(await logIn())
    time += definition.lifetimeMs - 1000
    await expectGood(await read(successor))
  })

  it('answers other paths with neither a token nor a success', async () => {
    const { api } = await startWith(definition, client)
    await send(api.url, { method: 'GET', path: '/nowhere' })
    expect(lastOf(api)).toMatchObject({ kind: 'other', isCarriedOut: false })
    expect(kindsOf(api)).toEqual(['other'])
  })
})

it.each(clientsWith('renew'))('$name renews', async ({ definition, client }) => {
  const { api, logIn, take, read, renew } = await startWith(definition, client)
  const held = await take(await logIn())
  const renewed = await take(await renew(held))
  expect(lastOf(api)).toMatchObject({ kind: 'renewal', isCarriedOut: true, issued: expect.any(Number) })
  expect(renewed.token).not.toBe(held.token)
  await expectGood(await read(renewed))
  const again = await renew(held)
  if (client.isRefreshTokenKept) await expectGood(again)
  else await expectReply(again, client.deadRefresh!)
})

it.each(clientsWith('deadRefresh'))('$name refuses a refresh token that is dead', async ({ definition, client }) => {
  const { api, logIn, take, renew } = await startWith(definition, client)
  const held = await take(await logIn())
  api.killRefreshTokens()
  await expectReply(await renew(held), client.deadRefresh!)
  expect(lastOf(api)).toMatchObject({ kind: 'renewal', isCarriedOut: false })
})

it.each(clientsWith('logOut'))('$name ends the session at a log-out', async ({ definition, client }) => {
  const { api, logIn, take, read, logOut } = await startWith(definition, client)
  const held = await take(await logIn())
  await expectGood(await logOut(held))
  expect(lastOf(api)).toMatchObject({ kind: 'log-out', isCarriedOut: true })
  expect(api.liveSessions).toBe(0)
  await expectReply(await read(held), client.gone)
})
