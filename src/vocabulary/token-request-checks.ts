import {
  aFunction,
  aString,
  type Check,
  type Checks,
  check,
  listOf,
  must,
  nonEmptyString,
  oneOf,
  recordOf,
  simplify,
} from '../base/check.ts'
import { clientAuthentication, encodings, isHeader } from './checks.ts'
import { listEncodings } from './encoding.ts'
import type { Json, TokenRequestProfile } from './provider.ts'
import { aTemplate } from './template.ts'

export function requestChecks(): Checks<TokenRequestProfile> {
  return {
    method: oneOf('POST', 'GET', 'PUT', 'PATCH', 'DELETE'),
    encoding: encodings,
    headers: headerTemplates,
    body: bodyTemplate,
    queryParameters: listOf(nonEmptyString),
    clientAuthentication,
    parameterNames,
    extraParameters: recordOf((option, value) => (Array.isArray(value) ? listOf(aString) : aPlainValue)(option, value)),
    scopeParameter: nonEmptyString,
    scopeSeparator: nonEmptyString,
    transformSecret: aFunction,
    credentials: oneOf('omit', 'same-origin', 'include'),
  }
}

// Extension grants have parameters of any name. These stand for options in camelCase, and are easily called as those are.
const standardNames = [
  ...['client_id', 'client_secret', 'client_key', 'device_id', 'grant_type', 'refresh_token', 'access_token'],
  ...['code_verifier', 'redirect_uri', 'username', 'password', 'scope', 'code'],
]

const parameterNames: Check = (option, value) =>
  recordOf((entry, inner) => {
    const name = entry.slice(option.length + 1)
    const meant = standardNames.find((standard) => simplify(standard) === simplify(name)) ?? name
    check(entry, name === meant, `is no standard name: did you mean ${meant}?`)
    check(entry, inner === false || (typeof inner === 'string' && inner !== ''), 'must be a name or false')
  })(option, value)

const aPlainValue = must(
  'a string, a number, true, false, or a list of strings',
  (value) => typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value),
)

/** Headers whose values are templates. */
export const headerTemplates: Check = (option, value) =>
  recordOf((entry, inner) => {
    check(entry, isHeader(entry.slice(option.length + 1), inner), 'must be a header that can be sent')
    aTemplate(entry, inner)
  })(option, value)

const mostNested = 32

const bodyTemplate: Check = (option, value) => {
  check(option, typeof value === 'object' && value !== null, 'must be an object or a list')
  checkJson(option, value as Json, mostNested)
}

function checkJson(option: string, value: unknown, depth: number): void {
  check(option, depth > 0, `is nested deeper than ${mostNested} levels`)
  if (typeof value === 'string') aTemplate(option, value)
  const isData = /^(string|boolean|object)$/.test(typeof value) || Number.isFinite(value)
  check(option, isData, 'must be JSON data')
  for (const [name, inner] of typeof value === 'object' ? Object.entries(value ?? {}) : []) {
    checkJson(Array.isArray(value) ? `${option}[${name}]` : `${option}.${name}`, inner, depth - 1)
  }
}

/** What fields of a request profile must be to each other. */
export function checkRequest(option: string, request: TokenRequestProfile = {}): void {
  const { method, body, clientAuthentication: methods } = request
  const listed = listEncodings(request)
  const only = (...right: string[]) => listed.every((encoding) => right.includes(encoding))
  check(`${option}.body`, method !== 'GET' || body === undefined, 'cannot be sent with GET')
  check(`${option}.encoding`, method !== 'GET' || only('query', 'none'), "must be 'query' or 'none' where the method is GET")
  check(`${option}.encoding`, body === undefined || only('json'), "must be 'json', or left out, beside a body")
  const isWhole = body !== undefined || listed.includes('none')
  const isLost = isWhole && [methods ?? []].flat().includes('body')
  check(`${option}.clientAuthentication`, !isLost, "cannot be 'body' here: name {client_id} and {client_secret} in body or headers")
}
