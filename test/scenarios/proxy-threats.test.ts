import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/base/errors.ts'
import { createTokenProxy } from '../../src/proxy/create-token-proxy.ts'
import { createProxyFetch } from '../../src/proxy/proxy-fetch.ts'
import type { TokenProxyOptions } from '../../src/proxy/proxy-options.ts'
import { headOf, listen, startProxyWorld, tokenCanary, withinRoutes, worldRoutes } from '../support/proxy-world.ts'

const canary = 'Canary9Header'

/** Status line of a raw reply. */
const statusOf = (reply: string) => Number(reply.split(' ', 2)[1] ?? 0)

describe('fixed upstream', () => {
  it('a request target, a Host or a query that names another server → that one hears nothing, and gets no token', async () => {
    let heard = 0
    const evil = await listen((_, response) => {
      heard++
      response.end()
    })
    const world = await startProxyWorld()
    const host = evil.slice('http://'.length)
    for (const target of [
      `${evil}/cities`,
      `${evil}/api/cities`,
      `//${host}/cities`,
      `/api//${host}/cities`,
      `/api/@${host}/`,
      `@${host}/cities`,
    ]) {
      await world.raw(headOf('GET', target))
    }
    await world.raw(headOf('GET', '/api/cities').replace('app.example', host))
    await world.raw(headOf('GET', `/api/cities?url=${evil}&@${host}`))
    await world.raw(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\nx-tokenwell: 1\r\n\r\n`)
    expect(heard).toBe(0)
    expect(world.arrivals.length).toBeGreaterThanOrEqual(2)
    for (const { target, rawHeaders } of world.arrivals) {
      expect(target).toMatch(withinRoutes)
      expect(rawHeaders[rawHeaders.findIndex((name) => name.toLowerCase() === 'host') + 1]).toBe(new URL(world.upstream).host)
    }
  })
})

/** Whatever a front end, a proxy or a server may take for `/` or `.`. */
const steps = [
  ...['..', '%2e%2e', '%2E%2E', '.%2e', '%2e.', '..;', '..;a=b', '%2e%2e;', '...', '....', '..%20', '%20..', '..%09', '..%00', '%00..'],
  ...[
    '%252e%252e',
    '%25252e%25252e',
    '.%252e',
    '%c0%ae%c0%ae',
    '%e0%80%ae%e0%80%ae',
    '%u002e%u002e',
    '%ef%bc%8e%ef%bc%8e',
    '%e2%80%a5',
    '..%01',
  ],
]
const slashes = [
  '/',
  '//',
  '\\',
  '%2f',
  '%2F',
  '%5c',
  '%5C',
  '%252f',
  '%255c',
  '/./',
  '/;/',
  ';/',
  '%c0%af',
  '%ef%bc%8f',
  '/%2e/',
  '%00/',
  '/%20/',
]
const targets = ['oauth/token', 'admin', 'shows/secret']
const hostilePaths: readonly string[] = [
  ...steps.flatMap((step) => slashes.flatMap((slash) => targets.map((target) => `/api/cities${slash}${step}${slash}${target}`))),
  ...slashes.map((slash) => `/api${slash}oauth${slash}token`),
  ...slashes.map((slash) => `/api${slash}cities${slash}..${slash}..${slash}v1${slash}oauth${slash}token`),
  ...[
    '/',
    '/api',
    '/api/',
    '/v1/cities',
    '/api/v1/cities',
    '/api/citiesX',
    '/API/cities',
    '/api/Cities',
    '/api/cities;x',
    '/api/cities%3bx',
    '/api/cities.',
  ],
  ...[
    '/api/cities%00',
    '/api/cities%0d%0aX:y',
    '/api/cities\x7f',
    '/api/cities\xfc',
    '/api/cit\tes',
    '/api/cities#/../admin',
    '/api/cities/%',
    '/api/cities/%zz',
  ],
  ...[
    '*',
    'api/cities',
    '?',
    '/api?/cities',
    '/api/cities/..',
    '/api/cities/.',
    '/api/cities/%2e',
    '/api/cities/',
    'http:/api/cities',
    'http://',
    '\\api\\admin',
  ],
]

describe('path re-checked after parsing', () => {
  it(`${hostilePaths.length} hostile paths over raw sockets → nothing outside the routes arrives, and no token is asked for`, async () => {
    expect(hostilePaths.length).toBeGreaterThanOrEqual(300)
    const world = await startProxyWorld()
    const outcomes = new Map<number, number>()
    for (const path of hostilePaths) {
      const before = world.arrivals.length
      const reply = await world.raw(headOf('GET', path))
      const status = statusOf(reply)
      outcomes.set(status, (outcomes.get(status) ?? 0) + 1)
      const arrived = world.arrivals.slice(before)
      expect([200, 400, 404], `${JSON.stringify(path)} → ${status}`).toContain(status)
      expect(arrived, path).toHaveLength(status === 200 ? 1 : 0)
      for (const { target } of arrived) {
        expect(target, path).toMatch(withinRoutes)
        expect(target, path).not.toMatch(/\.\.|%2[ef5]|%5c|%c0|%ef|%00|%3b|;|\\|\/\/|secret|oauth|admin$/i)
      }
      expect(reply).not.toContain(tokenCanary)
    }
    // No path of these is one that a route names; what the URL parser makes of some may be, such as `/api/./cities`.
    expect(outcomes.get(200) ?? 0).toBeLessThan(5)
    expect(world.tokenRequests()).toBeLessThanOrEqual(1)
  }, 60_000)

  it('what matches is exactly what is sent, and the query goes along as it is', async () => {
    const world = await startProxyWorld()
    for (const target of ['/cities', '/cities?a=%2F..%2F&b=;c', '/cities/R%C3%B6m/', "/cities/a-b_c~d!e$f&g'h(i)j*k+l,m=n:o@p?/../x"]) {
      expect(statusOf(await world.raw(headOf('GET', `/api${target}`)))).toBe(200)
      expect(world.arrivals.at(-1)?.target).toBe(`/v1${target}`)
    }
  })
})

describe('methods listed', () => {
  it('a method that the route does not list → 405 with those that it does, and nothing arrives', async () => {
    const world = await startProxyWorld()
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'PURGE', 'M-SEARCH']) {
      const reply = await world.raw(headOf(method, '/api/cities'))
      expect(statusOf(reply), method).toBe(405)
      expect(reply).toMatch(/^allow: GET, HEAD, POST\r$/im)
    }
    for (const method of ['TRACE', 'get', 'Get', 'CONNECT', 'EVIL']) {
      expect([0, 400, 405], method).toContain(statusOf(await world.raw(headOf(method, '/api/cities'))))
    }
    expect(world.arrivals).toEqual([])
  })

  it('a header that overrides the method → does not arrive', async () => {
    const world = await startProxyWorld()
    await world.raw(headOf('GET', '/api/cities', 'x-tokenwell: 1\r\nx-http-method-override: DELETE\r\nx-method-override: DELETE\r\n'))
    expect(world.arrivals.map(({ head }) => /override/i.test(head))).toEqual([false])
  })
})

describe('a required custom header on every route and method', () => {
  const wrong = [
    '',
    'x-tokenwell:\r\n',
    'x-tokenwell: 0\r\n',
    'x-tokenwell: true\r\n',
    'x-tokenwell: 1, 1\r\n',
    'x-tokenwell: 1\r\nx-tokenwell: 1\r\n',
    'tokenwell: 1\r\n',
  ]

  it('without it, or with another value → 403, upstream and token endpoint see nothing', async () => {
    const world = await startProxyWorld()
    for (const { path, methods } of worldRoutes) {
      for (const method of methods) {
        for (const header of wrong) {
          const reply = await world.raw(headOf(method, `/api${path.replace('*', '1')}`, header))
          expect([statusOf(reply), /x-tokenwell-error: header_missing/.test(reply)], `${method} ${path} ${header}`).toEqual([403, true])
          expect(reply).not.toMatch(/access-control-/i)
        }
      }
    }
    expect([world.arrivals.length, world.tokenRequests()]).toEqual([0, 0])
  })

  it('with it → every method of every route arrives', async () => {
    const world = await startProxyWorld()
    for (const { path, methods } of worldRoutes) {
      for (const method of methods) expect(statusOf(await world.raw(headOf(method, `/api${path.replace('*', '1')}`)))).toBe(200)
    }
    expect(world.arrivals.map(({ method }) => method)).toEqual(worldRoutes.flatMap(({ methods }) => methods))
  })
})

describe('Sec-Fetch-Site and Origin checked', () => {
  const header = (line: string) => `x-tokenwell: 1\r\n${line}\r\n`

  it.each([
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: same-site',
    'Sec-Fetch-Site: none',
    'Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site',
    'Origin: https://evil.example',
    'Origin: null',
    'Origin: http://app.example.evil.example',
    'Origin: http://app.example:8080',
    'Origin: http://app.example\r\nOrigin: https://evil.example',
  ])('%j → 403, and nothing arrives', async (line) => {
    const world = await startProxyWorld()
    for (const method of ['GET', 'POST']) expect(statusOf(await world.raw(headOf(method, '/api/cities', header(line))))).toBe(403)
    expect(world.arrivals).toEqual([])
  })

  it.each(['Origin: http://app.example', 'Origin: https://app.example', 'Sec-Fetch-Site: same-origin'])('%j → passes', async (line) => {
    const world = await startProxyWorld()
    expect(statusOf(await world.raw(headOf('POST', '/api/cities', header(line))))).toBe(200)
  })
})

describe('hop-by-hop, Connection-named and identifying headers', () => {
  const sent = [
    ...['Cookie', 'Cookie2', 'Authorization', 'Proxy-Authorization', 'X-Api-Key', 'X-Auth-Token', 'X-Forwarded-For', 'X-Forwarded-Host'],
    ...[
      'X-Forwarded-Proto',
      'X-Forwarded-Port',
      'X-Forwarded-Prefix',
      'Forwarded',
      'Via',
      'X-Real-IP',
      'CF-Connecting-IP',
      'True-Client-IP',
    ],
    ...[
      'Keep-Alive',
      'TE',
      'Proxy-Connection',
      'Proxy-Authenticate',
      'Referer',
      'User-Agent',
      'Sec-Fetch-User',
      'Sec-CH-UA',
      'X-Original-URL',
    ],
    ...['X-Rewrite-URL', 'X-HTTP-Method-Override', 'X-Custom', 'X-Request-Id', 'Accept-Encoding', 'Trailer', 'HTTP2-Settings', 'DNT'],
  ]

  it('none of them, and no cookie, Authorization or X-Forwarded-*, is passed up', async () => {
    const world = await startProxyWorld()
    const headers = sent.map((name) => `${name}: ${canary}\r\n`).join('')
    for (const method of ['GET', 'POST'])
      expect(statusOf(await world.raw(headOf(method, '/api/cities', `x-tokenwell: 1\r\n${headers}`)))).toBe(200)
    expect(world.arrivals).toHaveLength(2)
    for (const { head } of world.arrivals) {
      expect(head).not.toContain(canary)
      expect(head).not.toMatch(/^x-tokenwell$|^origin$|^referer$|^cookie$|^via$|^x-/im)
      expect(head).toContain(`Bearer ${tokenCanary}-1`)
    }
  })

  it('what Connection names is dropped, even if it would go up', async () => {
    const world = await startProxyWorld()
    const named = `x-tokenwell: 1\r\nConnection: Prefer, accept-language\r\nPrefer: ${canary}\r\nAccept-Language: ${canary}\r\nIf-Match: "kept"\r\n`
    await world.raw(headOf('GET', '/api/cities', named))
    expect(world.arrivals[0]?.head).toContain('"kept"')
    expect(world.arrivals[0]?.head).not.toContain(canary)
  })

  it('trailers cross in neither direction', async () => {
    const world = await startProxyWorld({
      api: (request, response) => {
        request.resume().on('end', () => {
          response.writeHead(200, { trailer: 'x-secret' }).write('body')
          response.addTrailers({ 'x-secret': canary })
          response.end()
        })
      },
    })
    const head = headOf('POST', '/api/cities', 'x-tokenwell: 1\r\nTransfer-Encoding: chunked\r\nTrailer: x-up\r\n')
    const reply = await world.raw(`${head}4\r\nbody\r\n0\r\nx-up: ${canary}\r\n\r\n`)
    expect(reply).toContain('body')
    expect(reply).not.toContain(canary)
    expect(JSON.stringify([world.arrivals[0]?.head, world.arrivals[0]?.trailers()])).not.toContain(canary)
  })
})

describe('no Set-Cookie, and no token, passed down', () => {
  it('whatever header the upstream sets → neither cookie nor token nor canary in the reply', async () => {
    const leaking = ['Etag', 'Link', 'Vary', 'Content-Location', 'Content-Language', 'Content-Disposition', 'Retry-After', 'Last-Modified']
    const others = [
      'Set-Cookie',
      'Set-Cookie2',
      'Location',
      'WWW-Authenticate',
      'Server',
      'Via',
      'Refresh',
      'Authorization',
      'X-Token',
      'Access-Control-Allow-Origin',
    ]
    const world = await startProxyWorld({
      api: (request, response) => {
        const { authorization = '' } = request.headers
        const [, token = ''] = authorization.split(' ')
        for (const name of leaking)
          response.setHeader(name, [`"${token}"`, encodeURIComponent(token), btoa(token)][leaking.indexOf(name) % 3] ?? '')
        for (const name of others) response.setHeader(name, [`${canary}=1`])
        response.statusMessage = token
        response.setHeader('content-type', 'text/plain')
        response.end('ok')
      },
    })
    const reply = await world.raw(headOf('GET', '/api/cities'))
    expect(reply).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(reply).toContain('text/plain')
    expect(reply).not.toMatch(/set-cookie|etag|link:|vary/i)
    for (const secret of [tokenCanary, btoa(`${tokenCanary}-1`), canary]) expect(reply).not.toContain(secret)
  })
})

describe('Cache-Control: private, no-store', () => {
  it('on what the upstream would have cached, and on every answer of the proxy', async () => {
    const world = await startProxyWorld({
      api: (_, response) => void response.writeHead(200, { 'cache-control': 'public, max-age=9' }).end(),
    })
    for (const [method, target, headers] of [
      ['GET', '/api/cities'],
      ['HEAD', '/api/cities'],
      ['GET', '/other'],
      ['PUT', '/api/cities'],
      ['GET', '/api/cities', ''],
    ] as const) {
      expect(await world.raw(headOf(method, target, headers))).toMatch(/^cache-control: private, no-store\r$/im)
    }
  })
})

describe('redirects not followed', () => {
  it.each([301, 302, 303, 307, 308])('%i, to itself or elsewhere → 502 without Location, and nobody is asked again', async (status) => {
    let heard = 0
    const evil = await listen((_, response) => {
      heard++
      response.end()
    })
    const locations = [`${evil}/${canary}`, `/v1/cities/${canary}`, `//${new URL(evil).host}/${canary}`]
    const world = await startProxyWorld({
      api: (request, response) => {
        request.resume()
        response.writeHead(status, { location: locations[world.arrivals.length - 1] ?? '' }).end(canary)
      },
    })
    for (let turn = 0; turn < locations.length; turn++) {
      const reply = await world.raw(`${headOf('POST', '/api/cities', 'x-tokenwell: 1\r\nContent-Length: 4\r\n')}body`)
      expect(statusOf(reply)).toBe(502)
      expect(reply).not.toMatch(new RegExp(`location|${canary}`, 'i'))
    }
    expect([heard, world.arrivals.length]).toEqual([0, locations.length])
  })

  it('304 passes', async () => {
    const world = await startProxyWorld({ api: (_, response) => void response.writeHead(304, { etag: '"a"' }).end() })
    const reply = await world.raw(headOf('GET', '/api/cities', 'x-tokenwell: 1\r\nIf-None-Match: "a"\r\n'))
    expect(reply).toMatch(/^HTTP\/1.1 304 /)
    expect(reply).toMatch(/^etag: "a"\r$/im)
  })
})

describe('the token endpoint not reachable', () => {
  it('a route that could reach it → ConfigurationError, and so does that of a manager that a function gives', async () => {
    const { tokens, upstream } = await startProxyWorld()
    const options: TokenProxyOptions = {
      tokens,
      upstream: `${upstream}/v1`,
      routes: [{ path: '/*', methods: ['POST'] }],
      authorize: () => true,
    }
    expect(() => createTokenProxy(options)).toThrow(ConfigurationError)
    const world = await startProxyWorld({ proxy: { tokens: () => tokens, upstream: `${upstream}/v1`, routes: options.routes } })
    for (const path of ['/api/oauth/token', '/api/oauth/%74oken', '/api/cities']) {
      expect(statusOf(await world.raw(headOf('POST', path)))).toBe(500)
    }
    expect(world.arrivals).toEqual([])
  })
})

describe('an authorize callback without a default', () => {
  it('none → ConfigurationError that says why', async () => {
    const { tokens, upstream } = await startProxyWorld()
    const options = { tokens, upstream, routes: worldRoutes } as unknown as TokenProxyOptions
    expect(() => createTokenProxy(options)).toThrow(expect.objectContaining({ option: 'authorize' }))
  })
})

describe('the page’s side', () => {
  it('createProxyFetch over a real server → what it sends is what the proxy lets in, and a redirect is not followed', async () => {
    const world = await startProxyWorld({ api: (request, response) => void response.end(request.url) })
    const proxyFetch = createProxyFetch({ baseUrl: `${world.origin}/api` })
    expect(await (await proxyFetch('/cities?limit=5')).text()).toBe('/v1/cities?limit=5')
    expect(await (await proxyFetch(new Request(`${world.origin}/api/cities`, { method: 'POST', body: 'x' }))).text()).toBe('/v1/cities')
    let heard = 0
    const evil = await listen((_, response) => {
      heard++
      response.end()
    })
    const front = await listen((_, response) => void response.writeHead(307, { location: evil }).end())
    await expect(createProxyFetch({ baseUrl: front })('cities')).rejects.toThrow()
    expect(heard).toBe(0)
  })
})
