import type { IncomingHttpHeaders } from 'node:http'
import { Misfit } from './answers.ts'

export interface ApiRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** With the query, as it was sent. */
  readonly target: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly host: 'main' | 'other'
}

/** The exact form of a token request. Whatever is not named here is refused. */
export interface Shape {
  readonly as: 'json' | 'form' | 'query' | 'nothing'
  readonly needs?: readonly string[]
  readonly may?: readonly string[]
  /** Names in the query beside a body. */
  readonly query?: readonly string[]
  /** Whether the request has an `Authorization` header. */
  readonly authorization?: boolean
}

export type Fields = Record<string, unknown>

/**
 * The fields of a token request.
 * @throws {Misfit} When the request is not exactly of this shape: another encoding, a missing or unknown name, client authentication that the
 * API does not ask for.
 */
export function readExactly(request: ApiRequest, { as, needs = [], may = [], query = [], authorization = false }: Shape): Fields {
  if (authorization !== (request.headers.authorization !== undefined)) {
    throw new Misfit(authorization ? 'no Authorization header' : 'an Authorization header')
  }
  if (as !== 'query') checkNames([...request.query.keys()], query, [], 'query')
  const fields = readFields(request, as)
  checkNames(Object.keys(fields), needs, may, as)
  return fields
}

function readFields(request: ApiRequest, as: Shape['as']): Fields {
  if (as === 'json') return readJson(request)
  if (as === 'form') return readForm(request)
  if (request.body !== '') throw new Misfit('a body')
  return as === 'query' ? fromPairs(request.query) : {}
}

export function readJson(request: ApiRequest): Fields {
  checkContentType(request, 'application/json')
  const value = parsedJson(request.body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misfit('the body is not a JSON object')
  return value as Fields
}

function readForm(request: ApiRequest): Fields {
  checkContentType(request, 'application/x-www-form-urlencoded')
  return fromPairs(new URLSearchParams(request.body))
}

/** The value of a JSON text, or undefined. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function checkContentType(request: ApiRequest, wanted: string): void {
  const [type] = (request.headers['content-type'] ?? '').split(';')
  if (type?.trim().toLowerCase() !== wanted) throw new Misfit(`Content-Type is not ${wanted}`)
}

export function checkNames(names: readonly string[], needs: readonly string[], may: readonly string[], where: string): void {
  const missing = needs.find((name) => !names.includes(name))
  if (missing) throw new Misfit(`no ${missing} in the ${where}`)
  const unknown = names.find((name) => !needs.includes(name) && !may.includes(name))
  if (unknown !== undefined) throw new Misfit(`an unknown ${unknown} in the ${where}`)
}

function fromPairs(pairs: URLSearchParams): Fields {
  const fields: Fields = {}
  for (const [name, value] of pairs) {
    if (name in fields) throw new Misfit(`${name} is there twice`)
    fields[name] = value
  }
  return fields
}

/** A header that can only be there once. */
export function header(request: ApiRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** The token of `Authorization: {scheme} {token}`. The scheme must be spelled exactly so. */
export function afterScheme(request: ApiRequest, ...schemes: string[]): string | undefined {
  const [scheme, token, ...rest] = (request.headers.authorization ?? '').split(' ')
  return scheme !== undefined && schemes.includes(scheme) && rest.length === 0 ? token : undefined
}

export function cookie(request: ApiRequest, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split('; ')) {
    if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1)
  }
  return undefined
}
