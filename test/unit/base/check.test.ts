import { afterEach, describe, expect, it } from 'vitest'
import {
  aFunction,
  anObject,
  type Check,
  type Checks,
  describeUnknown,
  listOf,
  must,
  nonEmptyString,
  numberFrom,
  objectOf,
  oneOf,
  oneOrMore,
  readFields,
  recordOf,
  required,
  trueOrFalse,
} from '../../../src/base/check.ts'

interface Options {
  url: string
  clientId?: string
  clientSecret?: string
  tries?: number | undefined
  inner?: { a?: string; b?: boolean }
}

const checks: Checks<Options> = {
  url: required(nonEmptyString, 'say where'),
  clientId: nonEmptyString,
  clientSecret: nonEmptyString,
  tries: numberFrom(0),
  inner: objectOf<NonNullable<Options['inner']>>({ a: nonEmptyString, b: trueOrFalse }),
}
const read = (options: unknown) => readFields<Options>('options', options as Options, checks)

/** What a check says about a value, or that it says nothing. */
function verdict(check: Check, value: unknown): string {
  try {
    check('x', value)
    return 'fine'
  } catch (error) {
    return (error as Error).message
  }
}

describe('a check of one value', () => {
  it.each<[string, Check, unknown[], unknown[], string]>([
    ['nonEmptyString', nonEmptyString, ['a', ' '], ['', 5, null, undefined, ['a'], {}], 'x: must be a non-empty string'],
    ['trueOrFalse', trueOrFalse, [true, false], ['true', 'false', 0, 1, null], 'x: must be true or false'],
    ['aFunction', aFunction, [() => {}, class {}], ['', {}, null], 'x: must be a function'],
    ['anObject', anObject, [{}, new Map(), Object.create(null)], [null, undefined, [], 'text', () => {}], 'x: must be an object'],
    ['oneOf', oneOf('a', 'b'), ['a', 'b'], ['c', '', ['a'], null, 'constructor'], "x: must be 'a' or 'b'"],
    [
      'numberFrom',
      numberFrom(1),
      [1, 1.5, Number.MAX_VALUE],
      [0, -1, Number.NaN, Infinity, '1', 1n, null],
      'x: must be a number, 1 or more',
    ],
    ['numberFrom to', numberFrom(1, 5), [1, 5], [0.9, 5.1, new Number(2)], 'x: must be a number, 1 to 5'],
    ['must', must('even', (value) => Number(value) % 2 === 0), [2], [1], 'x: must be even'],
    ['listOf', listOf(nonEmptyString), [['a'], ['a', 'b']], [[], 'a', null, { 0: 'a', length: 1 }], 'x: must be a non-empty list'],
    ['listOf, an entry', listOf(nonEmptyString), [], [['a', '']], 'x[1]: must be a non-empty string'],
    ['listOf, a hole', listOf(nonEmptyString), [], [new Array(1)], 'x[0]: must be a non-empty string'],
    ['oneOrMore', oneOrMore(nonEmptyString), ['a', ['a']], [''], 'x: must be a non-empty string'],
    ['oneOrMore, none', oneOrMore(nonEmptyString), [], [[]], 'x: must be a non-empty list'],
    ['recordOf', recordOf(nonEmptyString), [{}, { a: 'b', constructor: 'c' }], [null, [], 'a'], 'x: must be an object'],
    ['recordOf, an entry', recordOf(nonEmptyString), [], [{ b: undefined }, { b: '' }], 'x.b: must be a non-empty string'],
  ])('%s: right values pass, wrong ones are named with the rule', (_, check, right, wrong, message) => {
    for (const value of right) expect(verdict(check, value)).toBe('fine')
    for (const value of wrong) expect(verdict(check, value)).toBe(message)
  })
})

describe('an object of options', () => {
  it('that is right → a copy of it', () => {
    const options = { url: 'u', clientId: 'i', tries: 3, inner: { a: 'x' } }
    expect(read(options)).toEqual(options)
    expect(read(options)).not.toBe(options)
  })

  it.each<[string, unknown, string]>([
    ['none', undefined, 'options: must be an object'],
    ['a list', [], 'options: must be an object'],
    ['without a mandatory option', {}, 'url: is missing: say where'],
    ['with an undefined mandatory option', { url: undefined }, 'url: is missing: say where'],
    ['with a wrong option', { url: 'u', tries: -1 }, 'tries: must be a number, 0 or more'],
    ['with null', { url: 'u', tries: null }, 'tries: must be a number, 0 or more'],
    ['with a wrong inner option', { url: 'u', inner: { a: 5 } }, 'inner.a: must be a non-empty string'],
    ['with an inner list', { url: 'u', inner: [] }, 'inner: must be an object'],
    ['with a misspelt option', { url: 'u', clientSecrett: 's' }, 'clientSecrett: is unknown: did you mean clientSecret?'],
    ['with a misspelt option that is undefined', { url: 'u', client_id: undefined }, 'client_id: is unknown: did you mean clientId?'],
    ['with a misspelt mandatory option', { URL: 'u' }, 'URL: is unknown: did you mean url?'],
    ['with an unknown inner option', { url: 'u', inner: { colour: 1 } }, 'inner.colour: is unknown; there are a, b'],
    [
      'with an own __proto__',
      JSON.parse('{"url":"u","__proto__":{}}'),
      '__proto__: is unknown; there are url, clientId, clientSecret, tries, inner',
    ],
  ])('%s → ConfigurationError that names the option', (_, options, message) => {
    expect(() => read(options)).toThrowError(expect.objectContaining({ code: 'invalid_configuration', message }))
  })

  it('an explicit undefined counts as left out', () => {
    const options = read({ url: 'u', tries: undefined, inner: undefined })
    expect(Object.keys(options)).toEqual(['url'])
  })

  it('a credential that is explicitly undefined → an environment variable may be missing', () => {
    for (const name of ['clientId', 'clientSecret', 'clientKey', 'password', 'passwordMd5', 'refreshToken', 'code', 'key']) {
      const act = () => readFields<Record<string, unknown>>('options', { [name]: undefined }, { [name]: nonEmptyString })
      expect(act).toThrowError(expect.objectContaining({ message: `${name}: is undefined: is an environment variable missing?` }))
    }
    for (const name of ['scope', 'passwordHint', 'codeVerifier', 'keyId', 'username'])
      expect(readFields<Record<string, unknown>>('options', { [name]: undefined }, { [name]: nonEmptyString })).toEqual({})
  })

  it('no message repeats a value', () => {
    const options = { url: { toString: () => 'hunter2' }, clientSecret: 'hunter2' }
    expect(() => read(options)).toThrowError(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }))
  })

  it('getters are read once', () => {
    let reads = 0
    const options = {
      get url() {
        reads++
        return 'u'
      },
    }
    expect(read(options).url).toBe('u')
    expect(reads).toBe(1)
  })
})

describe('what somebody has added to Object.prototype', () => {
  const prototype = Object.prototype as unknown as Record<string, unknown>
  const pollute = (fields: Record<string, unknown>) => Object.assign(prototype, fields)
  afterEach(() => {
    for (const name of Object.keys(prototype)) delete prototype[name]
  })

  it('adds no option', () => {
    pollute({ clientId: 'evil', tries: 99, inner: { a: 5 } })
    const { url, clientId, tries, inner } = read({ url: 'u' })
    expect([url, clientId, tries, inner]).toEqual(['u', undefined, undefined, undefined])
  })
  it('stands in for no mandatory option', () => {
    pollute({ url: 'evil' })
    expect(() => read({})).toThrow(/^url: is missing/)
  })
  it('makes no option known, and none mandatory', () => {
    pollute({ colour: nonEmptyString, ifMissing: 'evil' })
    expect(() => read({ url: 'u', colour: 'red' })).toThrow(/^colour: is unknown/)
    expect(read({ url: 'u' }).url).toBe('u')
  })
  it('hides no option', () => {
    pollute({ url: undefined, clientId: undefined })
    expect(read({ url: 'u', clientId: 'i' })).toMatchObject({ url: 'u', clientId: 'i' })
  })
  it('adds no entry to a record', () => {
    pollute({ b: 5 })
    expect(verdict(recordOf(nonEmptyString), { a: 'a' })).toBe('fine')
  })
})

describe('the name that was probably meant', () => {
  const known = ['tokenUrl', 'apiUrl', 'clientId', 'clientSecret', 'scope', 'parameters', 'grant', 'now', 'renewed', 'adopted']
  it.each([
    ['scopes', 'scope'],
    ['Scope', 'scope'],
    ['clientSecrett', 'clientSecret'],
    ['clietnSecret', 'clientSecret'],
    ['client_secret', 'clientSecret'],
    ['CLIENT-SECRET', 'clientSecret'],
    ['client secret', 'clientSecret'],
    ['secret', 'clientSecret'],
    ['clientID', 'clientId'],
    ['apiURL', 'apiUrl'],
    ['tokenUri', 'tokenUrl'],
    ['parameter', 'parameters'],
    ['renew', 'renewed'],
    ['adopt', 'adopted'],
  ])('%s → %s', (name, meant) => expect(describeUnknown(name, known)).toBe(`is unknown: did you mean ${meant}?`))

  it.each(['audience', 'colour', 'x', '', 'id', 'constructor', 'baseUrl2000', '__proto__', 'y'.repeat(5000)])(
    '%.20s is near none → all that there are',
    (name) => expect(describeUnknown(name, known)).toBe(`is unknown; there are ${known.join(', ')}`),
  )
  it('of several that are near, the nearest', () => {
    expect(describeUnknown('clientIdd', ['clientKey', 'clientIds', 'clientId'])).toContain('clientId')
    expect(describeUnknown('scope2', ['scopes', 'scope'])).toBe('is unknown: did you mean scopes?')
  })
})

it('a table that omits a field, has one too many, or lets a mandatory one be left out does not compile', () => {
  interface Two {
    a: string
    b?: number | undefined
  }
  const right: Checks<Two> = { a: required(nonEmptyString), b: numberFrom(0) }
  // @ts-expect-error b has no check
  const omitting: Checks<Two> = { a: required(nonEmptyString) }
  // @ts-expect-error there is no field c
  const adding: Checks<Two> = { a: required(nonEmptyString), b: numberFrom(0), c: nonEmptyString }
  // @ts-expect-error a is mandatory
  const lenient: Checks<Two> = { a: nonEmptyString, b: numberFrom(0) }
  // Of a union: the fields of all members, mandatory where all of them say so.
  const union: Checks<{ by: 'x'; url: string } | { by: 'y' }> = { by: required(nonEmptyString), url: nonEmptyString }
  // @ts-expect-error url has no check
  const partial: Checks<{ by: 'x'; url: string } | { by: 'y' }> = { by: required(nonEmptyString) }
  expect([right, omitting, adding, lenient, union, partial]).toHaveLength(6)
})
