import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import type { Problem } from '../../../src/proxy/problem.ts'
import { type ProxyRoute, RouteTable } from '../../../src/proxy/route-table.ts'

const table = new RouteTable([
  { path: '/cities', methods: ['GET', 'HEAD'] },
  { path: '/cities', methods: ['POST'] },
  { path: '/cities/*', methods: ['GET'] },
  { path: '/cities/*', methods: ['PATCH', 'DELETE'] },
  { path: '/städte/', methods: ['GET'] },
])

function problemOf(path: string | undefined, method: string): Problem {
  try {
    table.find(path, method)
  } catch (error) {
    return error as Problem
  }
  throw new Error('It was found')
}

describe('a request matches', () => {
  it.each([
    ['/cities', 'GET', 'routes[0]'],
    ['/cities', 'HEAD', 'routes[0]'],
    ['/cities', 'POST', 'routes[1]'],
    ['/cities/1', 'GET', 'routes[2]'],
    ['/cities/1/', 'GET', 'routes[2]'],
    ['/cities/1/streets/2', 'DELETE', 'routes[3]'],
    ['/st%C3%A4dte/', 'GET', 'routes[4]'],
  ])('%s %s → %s', (path, method, option) => expect(table.find(path, method).option).toBe(option))
})

describe('a request matches nothing', () => {
  it.each([
    ['/', 'GET'],
    ['/citie', 'GET'],
    ['/cities/', 'GET'],
    ['/Cities', 'GET'],
    ['/citiesX', 'GET'],
    ['/st%c3%a4dte/', 'GET'],
    ['/st%C3%A4dte', 'GET'],
    [undefined, 'GET'],
  ])('%s %s → not found', (path, method) => expect(problemOf(path, method).code).toBe('not_found'))

  it('by its method → what the path takes is listed, over all its routes', async () => {
    const response = problemOf('/cities/1', 'POST').toResponse()
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, PATCH, DELETE'])
    expect(problemOf('/cities', 'patch').toResponse().headers.get('allow')).toBe('GET, HEAD, POST')
  })
})

describe('at construction', () => {
  const route = (path: unknown, methods: unknown = ['GET']) => ({ path, methods }) as ProxyRoute
  const errorOf = (routes: unknown): ConfigurationError => {
    try {
      new RouteTable(routes)
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError)
      return error as ConfigurationError
    }
    throw new Error('It was taken')
  }

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an object', {}],
    ['a text', '/cities'],
    ['an empty list', []],
  ])('%s for routes → refused', (_, routes) => expect(errorOf(routes).option).toBe('routes'))

  it.each([
    ['none', undefined],
    ['a number', 1],
    ['nothing', ''],
    ['no slash at its beginning', 'cities'],
    ['an absolute URL', 'https://api.example.com/cities'],
    ['a query', '/cities?limit=5'],
    ['a fragment', '/cities#a'],
    ['an asterisk in the middle', '/cities/*/streets'],
    ['an asterisk in a segment', '/cit*'],
    ['two asterisks', '/**'],
    ['two wildcards', '/*/*'],
    ['a dot segment', '/a/./b'],
    ['a step upwards', '/a/../b'],
    ['a step upwards before the wildcard', '/../*'],
    ['an encoded step upwards', '/a/%2e%2e/b'],
    ['an encoded slash', '/a%2fb'],
    ['an encoded backslash', '/a%5cb'],
    ['a backslash', '/a\\b'],
    ['two slashes', '//evil.example/a'],
    ['a semicolon', '/a;b'],
    ['double encoding', '/a%252fb'],
    ['a line break', '/a\nb'],
    ['NUL', '/a\0'],
    ['a lone surrogate before a slash that is full-width', '/\ud800／'],
  ])('a path with %s → refused, and the message does not repeat it', (_, path) => {
    const { option, message } = errorOf([route('/ok'), route(path)])
    expect(option).toBe('routes[1].path')
    expect(message).toMatch(/^routes\[1\]\.path: (must|may)/)
  })

  it.each([
    ['none', null],
    ['a text', 'GET'],
    ['an empty list', []],
    ['lower case', ['get']],
    ['mixed case', ['Get']],
    ['a blank', ['GET ']],
    ['nothing', ['']],
    ['an asterisk', ['*']],
    ['a number', [1]],
    ['CONNECT', ['CONNECT']],
    ['TRACE', ['GET', 'TRACE']],
    ['TRACK', ['TRACK']],
    ['the same twice', ['GET', 'POST', 'GET']],
  ])('methods with %s → refused', (_, methods) => expect(errorOf([route('/ok', methods)]).option).toBe('routes[0].methods'))

  it.each([
    ['no object', null, 'routes[0]'],
    ['a text', '/cities', 'routes[0]'],
    ['a misspelt name', { path: '/cities', method: ['GET'] }, 'routes[0].method'],
  ])('a route that is %s → refused', (_, value, option) => expect(errorOf([value]).option).toBe(option))

  it.each([
    '/cities/:id',
    '/:id/streets',
    '/cities/{id}',
    '/cities/[id]',
    '/cities/[...path]',
    '/cities/<id>',
    '/cities/:id/*',
    '/cities/(.*)',
  ])('a path with a parameter as other routers know it, %s → refused, and told what there is instead', (path) => {
    const { option, message } = errorOf([route(path)])
    expect(option).toBe('routes[0].path')
    expect(message).toContain("'/*' matches further segments")
  })

  it('a path with a colon inside a segment, and with parentheses → taken', () => {
    expect(new RouteTable([route('/documents:batchGet'), route('/Rome(IT)')]).routes).toHaveLength(2)
  })

  it.each([
    ['the same path', '/a', '/a'],
    ['a wildcard over a path', '/a/*', '/a/b'],
    ['a path under a wildcard', '/a/b', '/a/*'],
    ['the same wildcard', '/a/*', '/a/*'],
    ['a wildcard over a wildcard', '/a/*', '/a/b/*'],
    ['a wildcard under a wildcard', '/a/b/*', '/*'],
    ['a wildcard over all', '/*', '/a'],
    ['two ways to write one path', '/ä', '/%C3%A4'],
  ])('%s with a method in common → refused, naming both', (_, first, second) => {
    const { option, message } = errorOf([route(first, ['PUT', 'GET']), route(second, ['GET'])])
    expect(option).toBe('routes[1]')
    expect(message).toContain('routes[0]')
  })

  it.each([
    ['other methods', '/a', '/a', ['POST']],
    ['a path and its wildcard', '/a', '/a/*', ['GET']],
    ['a final slash', '/a', '/a/', ['GET']],
    ['a final slash and the wildcard', '/a/', '/a/*', ['GET']],
    ['names that begin alike', '/a/*', '/ab/*', ['GET']],
    ['upper case', '/a', '/A', ['GET']],
  ])('%s → do not overlap', (_, first, second, methods) => {
    expect(new RouteTable([route(first), route(second, methods)]).routes).toHaveLength(2)
  })

  it('later changes to what was given have no effect', () => {
    const methods = ['GET']
    const given = [{ path: '/a', methods }]
    const { routes } = new RouteTable(given)
    methods.push('DELETE')
    given.push({ path: '/b', methods })
    expect(routes).toEqual([{ option: 'routes[0]', base: '/a', isWildcard: false, methods: ['GET'] }])
  })
})
