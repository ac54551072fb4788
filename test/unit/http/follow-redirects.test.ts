import { describe, expect, it, vi } from 'vitest'
import { discardBody, followRedirects, type Hop, hopHeaders, nextHop, readArrival } from '../../../src/http/follow-redirects.ts'

const origins = ['https://api.ok', 'http://127.0.0.1:8000']
const policy = { origins, foreignOrigins: 'refuse' as const }
const hop: Hop = { url: new URL('https://api.ok/v1/x?a=1'), method: 'GET', hasBody: false, hasToken: true }
const redirect = (location: string | undefined, status = 302) =>
  new Response(null, { status, headers: location === undefined ? {} : { location } })
const goTo = (location: string, from: Partial<Hop> = {}, status = 302) => nextHop({ ...hop, ...from }, redirect(location, status), policy)

describe('where a redirect leads', () => {
  it.each([
    ['/y', 'https://api.ok/y'],
    ['y', 'https://api.ok/v1/y'],
    ['?b=2', 'https://api.ok/v1/x?b=2'],
    ['//api.ok/y', 'https://api.ok/y'],
    ['HTTPS://API.ok:443/y', 'https://api.ok/y'],
    ['http://127.0.0.1:8000/y', 'http://127.0.0.1:8000/y'],
  ])('%s → %s, with the token', (location, href) => {
    expect(goTo(location)).toMatchObject({ url: new URL(href), hasToken: true })
  })

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    'https:\\\\evil.example',
    '/\t/evil.example',
    'https://api.ok.evil.example/',
    'https://api.ok./',
    'https://api.ok:8443/',
    'https://sub.api.ok/',
  ])('%s, of another origin → there, without the token', (location) => {
    const next = goTo(location)
    expect(next?.hasToken).toBe(false)
    expect(origins).not.toContain(next?.url.origin)
  })

  it.each([
    ['no place', undefined],
    ['an empty host', 'https://'],
    ['userinfo', 'https://user:pw@api.ok/'],
    ['the API as userinfo', 'https://api.ok@evil.example/'],
    ['another origin without TLS', 'http://evil.example/'],
    ['another origin of this machine', 'http://127.0.0.1:8001/'],
    ['another name of this machine', 'http://localhost:8000/'],
    ['the API without TLS', 'http://api.ok/'],
    ['data:', 'data:text/plain,x'],
    ['javascript:', 'javascript:alert(1)'],
    ['file:', 'file:///etc/passwd'],
    ['blob:', 'blob:https://api.ok/0c0f7a0e-7a4c-4b0c-9a53-000000000000'],
  ])('%s → is not followed', (_, location) => {
    expect(nextHop(hop, redirect(location), policy)).toBeUndefined()
  })

  it.each(['http://evil.example/', 'http://127.0.0.1:8001/', 'https://evil.example/'])(
    '%s, where calls to other origins pass through → there, without the token',
    (location) => {
      const next = nextHop(hop, redirect(location), { origins, foreignOrigins: 'pass-through' })
      expect(next).toMatchObject({ url: new URL(location), hasToken: false })
      expect(nextHop(hop, redirect('ftp://evil.example/'), { origins, foreignOrigins: 'pass-through' })).toBeUndefined()
    },
  )

  it.each([200, 300, 304, 305, 306, 400])('a %i with a Location → is no redirect', (status) => {
    const response = new Response(null, { status, headers: { location: '/y' } })
    expect(nextHop(hop, response, policy)).toBeUndefined()
  })

  it('an opaque redirect, as browsers show it → is not followed', () => {
    expect(nextHop(hop, { status: 0, type: 'opaqueredirect', headers: new Headers() } as Response, policy)).toBeUndefined()
  })

  it('back to the API from another origin → without the token, which would go where that origin says', () => {
    expect(goTo('https://api.ok/admin', { url: new URL('https://evil.example/'), hasToken: false })?.hasToken).toBe(false)
  })
})

describe('method and body, by the Fetch standard', () => {
  const kept = (method: string) => [method, true]
  it.each([
    [301, 'POST', ['GET', false]],
    [302, 'POST', ['GET', false]],
    [303, 'POST', ['GET', false]],
    [307, 'POST', kept('POST')],
    [308, 'POST', kept('POST')],
    [301, 'PUT', kept('PUT')],
    [302, 'DELETE', kept('DELETE')],
    [303, 'PUT', ['GET', false]],
    [303, 'HEAD', kept('HEAD')],
    [303, 'GET', kept('GET')],
    [301, 'HEAD', kept('HEAD')],
    [307, 'PATCH', kept('PATCH')],
  ])('%i of a %s → %j', (status, method, expected) => {
    const next = goTo('/y', { method, hasBody: true }, status)
    expect([next?.method, next?.hasBody]).toEqual(expected)
  })
})

describe('the headers of a hop', () => {
  const headers = {
    'X-Token': 't',
    'x-csrf': 'c',
    authorization: 'a',
    cookie: 'c',
    'proxy-authorization': 'p',
    host: 'h',
    'content-type': 'text/plain',
    'content-language': 'en',
    'content-encoding': 'gzip',
    'content-location': '/x',
    accept: 'image/*',
  }
  it.each([
    [true, true, ['accept', 'authorization', 'content-encoding', 'content-language', 'content-location', 'content-type', 'cookie', 'host', 'proxy-authorization', 'x-csrf', 'x-token']], // biome-ignore format: a row
    [false, true, ['accept', 'authorization', 'cookie', 'host', 'proxy-authorization', 'x-csrf', 'x-token']],
    [true, false, ['accept', 'content-encoding', 'content-language', 'content-location', 'content-type']],
    [false, false, ['accept']],
  ])('with a body: %s, with the token: %s → %j', (hasBody, hasToken, expected) => {
    const given = new Headers(headers)
    expect([...hopHeaders(given, { ...hop, hasBody, hasToken }, ['X-Token', 'X-CSRF']).keys()]).toEqual(expected)
    expect([...given]).toHaveLength(11)
  })
})

describe('following', () => {
  const follow = (send: (hop: Hop) => Promise<Response | undefined>, first = redirect('/1')) =>
    followRedirects(hop, first, { policy, send, urlOf: () => undefined })

  it('no redirect → the response itself', async () => {
    const response = new Response('x')
    const send = vi.fn()
    expect(await follow(send, response)).toMatchObject({ response, isRedirected: false, isTokenDropped: false })
    expect(send).not.toHaveBeenCalled()
  })

  it('to the end → the last response, with the bodies of the others cancelled', async () => {
    const cancelled = vi.fn()
    const first = new Response(new ReadableStream({ cancel: cancelled }), { status: 302, headers: { location: '/1' } })
    const arrival = await follow(async () => new Response('there'), first)
    expect([await arrival.response.text(), arrival.isRedirected, arrival.url]).toEqual(['there', true, 'https://api.ok/1'])
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('without end → five hops, and the sixth redirect as it is', async () => {
    const urls: string[] = []
    const { response } = await follow(async ({ url }) => {
      urls.push(url.pathname)
      return redirect(`/${urls.length + 1}`)
    })
    expect(urls).toEqual(['/1', '/2', '/3', '/4', '/5'])
    expect(response.headers.get('location')).toBe('/6')
  })

  it('a hop that cannot be sent → the redirect itself, with its body', async () => {
    const cancelled = vi.fn()
    const first = new Response(new ReadableStream({ cancel: cancelled }), { status: 307, headers: { location: '/1' } })
    expect(await follow(async () => undefined, first)).toMatchObject({ response: first, isRedirected: false })
    expect(cancelled).not.toHaveBeenCalled()
  })

  it('abroad and back → the token was left behind', async () => {
    const answers = [redirect('https://api.ok/back'), new Response(null, { status: 401 })]
    const sent: boolean[] = []
    const arrival = await follow(async ({ hasToken }) => {
      sent.push(hasToken)
      return answers[sent.length - 1]
    }, redirect('https://bucket.example/'))
    expect(sent).toEqual([false, false])
    expect(arrival).toMatchObject({ isTokenDropped: true, url: 'https://api.ok/back' })
  })
})

describe('the arrival of a response whose redirects the platform has followed', () => {
  const responseOf = (fields: object) => Object.defineProperties(new Response(), Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value }]))) // biome-ignore format: one line
  it.each([
    ['none', { redirected: false, url: 'https://api.ok/x' }, false, false],
    ['within the origin', { redirected: true, url: 'https://api.ok/y' }, true, false],
    ['to another origin', { redirected: true, url: 'https://evil.example/' }, true, true],
    ['to somewhere that is not said', { redirected: true, url: '' }, true, false],
    ['not said, as in React Native', { redirected: undefined, url: 'https://evil.example/' }, false, false],
  ])('%s', (_, fields, isRedirected, isTokenDropped) => {
    expect(readArrival(responseOf(fields), 'https://api.ok/x')).toMatchObject({ isRedirected, isTokenDropped })
  })
})

describe('letting go of a body', () => {
  it.each([
    ['a web stream', { cancel: vi.fn(async () => {}) }, 'cancel'],
    ['a stream of Node, as of node-fetch', { destroy: vi.fn() }, 'destroy'],
  ])('%s', (_, body, method) => {
    discardBody({ body } as never)
    expect((body as Record<string, unknown>)[method]).toHaveBeenCalledOnce()
  })

  it.each([
    ['none', null],
    ['none that is shown', undefined],
    ['one that is being read', { cancel: () => Promise.reject(new TypeError('locked')) }],
    ['one that throws', { cancel: () => { throw new Error('x') } }], // biome-ignore format: one row
  ])('%s → nothing happens', (_, body) => {
    expect(() => discardBody({ body } as never)).not.toThrow()
  })
})
