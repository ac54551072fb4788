import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, startApp } from '../../examples/browser/server/app.ts'
import { createCamdramVisitor } from '../support/camdram-visitor.ts'

let app: App

beforeAll(async () => {
  app = await startApp({ port: 0, lifetimeMs: 2_000, pollMs: 500, outageMs: 500 })
})

afterAll(() => app?.close())

/** What a browser that has loaded the page sends. */
interface Visit {
  cookie: string
}

const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? ''

async function visit(): Promise<Visit> {
  return { cookie: cookieOf(await fetch(app.url)) }
}

const ask = (path: string, { cookie }: Visit, init: RequestInit = {}): Promise<Response> =>
  fetch(`${app.url}${path}`, { redirect: 'manual', ...init, headers: { cookie, 'x-tokenwell': '1', ...init.headers } })

const post = (path: string, from: Visit, init: RequestInit = {}): Promise<Response> => ask(path, from, { method: 'POST', ...init })

/** Goes to Camdram, and returns where its user is sent back to. */
async function visitCamdram(from: Visit, choice?: 'Allow' | 'Deny'): Promise<URL> {
  const { url } = (await (await post('/session/sign-in', from)).json()) as { url: string }
  return createCamdramVisitor().answer(url, choice)
}

/** Signs in to Camdram as a browser would: there and back by redirects. */
async function signIn(from: Visit): Promise<Visit> {
  const back = await visitCamdram(from)
  const done = await ask(`${back.pathname}${back.search}`, from)
  expect(done.status).toBe(303)
  return { cookie: cookieOf(done) }
}

const shows = '/api/camdram/auth/account/shows.json'

describe('sessions', () => {
  it('a first visit → a random cookie that scripts cannot read and other sites do not send', async () => {
    const [one, other] = [await fetch(app.url), await fetch(app.url)]
    expect(one.headers.get('set-cookie')).toMatch(/^cities_and_cameras=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(cookieOf(one)).not.toBe(cookieOf(other))
  })

  it('signing in → another session id, and the old one is worth nothing', async () => {
    const before = await visit()
    expect((await ask(shows, before)).status).toBe(403)
    const after = await signIn(before)
    expect(after.cookie).toMatch(/^cities_and_cameras=[\w-]{43}$/)
    expect(after.cookie).not.toBe(before.cookie)
    expect((await ask(shows, after)).status).toBe(200)
    expect((await ask(shows, before)).status).toBe(403)
    expect((await ask('/events', before)).status).toBe(401)
  })

  it('signing out → the old cookie is useless, and its event stream ends', async () => {
    const signedIn = await signIn(await visit())
    const stream = await ask('/events', signedIn)
    const text = stream.text()
    const out = await post('/session/sign-out', signedIn)
    expect(out.status).toBe(200)
    expect(cookieOf(out)).not.toBe(signedIn.cookie)
    expect((await ask(shows, signedIn)).status).toBe(403)
    expect(await text).toContain('"user":"Application owner"')
  })

  it('a user who says no at Camdram → is not signed in, and the page is told so', async () => {
    // Camdram asks only once, and somebody may have said yes.
    app.emulator.reset()
    const from = await visit()
    const back = await visitCamdram(from, 'Deny')
    const done = await ask(`${back.pathname}${back.search}`, from)
    expect([done.status, done.headers.get('location'), done.headers.get('set-cookie')]).toEqual([303, '/', null])
    expect(await (await ask('/session', from)).json()).toEqual({ notice: expect.stringContaining('said no') })
    expect((await ask(shows, from)).status).toBe(403)
  })

  it('a code that comes back to another session → no sign-in', async () => {
    const mine = await visit()
    const back = await visitCamdram(mine)
    const stranger = await visit()
    const done = await ask(`${back.pathname}${back.search}`, stranger)
    expect([done.status, done.headers.get('set-cookie')]).toEqual([303, null])
    expect(await (await ask('/session', stranger)).json()).toMatchObject({ notice: expect.stringContaining('start the sign-in again') })
    // Told once.
    expect(await (await ask('/session', stranger)).json()).toEqual({})
  })
})

describe('who may ask', () => {
  it.each<[string, RequestInit]>([
    ['without the header', { headers: { 'x-tokenwell': '' } }],
    ['from another origin', { headers: { origin: 'https://evil.example' } }],
    ['from another site', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['without a session', { headers: { cookie: '' } }],
  ])('a request that changes something, %s → 403', async (_, init) => {
    const from = await visit()
    for (const path of ['/disturb', '/session/sign-in', '/session/sign-out']) {
      expect([path, (await post(path, from, { ...init, body: '{"act":"revoke","lane":"all"}' })).status]).toEqual([path, 403])
    }
  })

  it.each(['', '{}', '{"act":"revoke","lane":"__proto__"}', '{"act":"close","lane":"all"}', '[]'])(
    'a disturbance that is none (%s) → 400',
    async (body) => {
      expect((await post('/disturb', await visit(), { body })).status).toBe(400)
    },
  )

  it('the proxy without a session → 403', async () => {
    expect((await ask('/api/musement/cities', { cookie: '' })).status).toBe(403)
  })

  it('what no route lists → 404', async () => {
    const from = await visit()
    for (const path of ['/api/musement/login', '/api/cam2/token/', '/api/camdram/oauth/v2/token', '/api/musement/cities/1']) {
      expect([path, (await ask(path, from)).status]).toEqual([path, 404])
    }
  })

  it.each(['/../server/main.ts', '/%2e%2e/server/main.ts', '/..%2fserver/main.ts', '/assets/../../package.json', '/index.html', '//'])(
    'a file that was not built (%s) → 404',
    async (path) => {
      const { request } = await import('node:http')
      const { hostname, port } = new URL(app.url)
      // As it is: fetch would resolve it.
      const status = await new Promise((resolve) =>
        request({ hostname, port, path }, (response) => resolve(response.resume().statusCode)).end(),
      )
      expect(status === 404 || status === 421).toBe(true)
    },
  )

  it('another name for this address → 421', async () => {
    const { request } = await import('node:http')
    const { hostname, port } = new URL(app.url)
    const headers = { host: `evil.example:${port}` }
    const status = await new Promise((resolve) =>
      request({ hostname, port, path: '/', headers }, (response) => resolve(response.resume().statusCode)).end(),
    )
    expect(status).toBe(421)
  })
})

describe('what comes down', () => {
  it('every response carries the policy', async () => {
    const from = await visit()
    const connect = new URL(app.visitorServer.client.issuer).origin
    for (const path of ['/', '/nowhere', '/config.json', '/api/musement/cities']) {
      expect((await ask(path, from)).headers.get('content-security-policy')).toBe(
        `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ${connect}; ` +
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      )
    }
  })

  it('the event stream tells renewals and rejections, and holds no token', async () => {
    const from = await signIn(await visit())
    const over = new AbortController()
    const stream = await ask('/events', from, { signal: over.signal })
    let text = ''
    const reading = (async () => {
      for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk
    })().catch(() => {})
    await post('/disturb', from, { body: '{"act":"revoke","lane":"all"}' })
    for (const path of ['/api/musement/cities', '/api/cam2/cameras.json', shows]) expect((await ask(path, from)).status).toBe(200)
    await expect.poll(() => text.match(/"kind":"replayed"/g)?.length ?? 0, { timeout: 5_000 }).toBeGreaterThan(0)
    await expect.poll(() => text.includes('event: status'), { timeout: 5_000 }).toBe(true)
    over.abort()
    await reading
    // Tokens are long words; nothing else here is.
    expect(text.match(/[\w+/=-]{30,}/g) ?? []).toEqual([])
    for (const { clientSecret } of [app.emulator.credentials.cam2, app.emulator.credentials.musement]) {
      expect(text).not.toContain(clientSecret)
    }
  })
})
