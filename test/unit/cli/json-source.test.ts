import { describe, expect, it } from 'vitest'
import { JsonSourceError, parseJsonSource } from '../../../src/cli/json-source.ts'
import { createSeededRandom } from '../../../src/testing/seeded-random.ts'

const failureOf = (text: string): string => {
  try {
    parseJsonSource(text)
  } catch (error) {
    if (!(error instanceof JsonSourceError)) throw error
    return `${error.line} ${error.path}: ${error.message}`
  }
  return 'none'
}

describe('a JSON text', () => {
  it('gives the same value as JSON.parse', () => {
    const text = ' {"a": [1, -2.5e3, "x\\u0041\\n", true, false, null, {}, []], "b": {"c": ""}, "": 0}\r\n'
    expect(parseJsonSource(text).value).toEqual(JSON.parse(text))
    for (const scalar of ['1', '"x"', 'null', '[]', '\uFEFF{}']) {
      expect(parseJsonSource(scalar).value).toEqual(JSON.parse(scalar.replace('\uFEFF', '')))
    }
  })

  it('tells the line of each field, and of what holds one that is not there', () => {
    const { lineOf } = parseJsonSource('{\n "a": {\n  "b": [\n   1,\n   {"c": 2}\n  ]\n }\n}')
    expect(['a', 'a.b', 'a.b[1]', 'a.b[1].c', 'a.b[1].d', 'a.b[7].c', 'x.y'].map(lineOf)).toEqual([2, 3, 5, 5, 5, 3, 1])
  })
})

describe('what is no JSON → the line, the field that was read last, and what was expected', () => {
  it.each([
    ['a comma after the last entry', '{\n "a": 1,\n}', '3 a: a comma stands after the last entry'],
    ['a missing comma', '{\n "a": 1\n "b": 2\n}', '3 a: expected , or }'],
    ['a missing colon', '{"a" 1}', '1 a: expected :'],
    ['a missing value', '{"a": }', '1 a: expected a value'],
    ['a name without quotes', '{a: 1}', '1 : expected a name in double quotes'],
    ['single quotes', "{'a': 1}", '1 : strings stand in double quotes'],
    ['a comment', '{\n // why\n "a": 1}', '2 : has a comment, which JSON does not know'],
    ['a string over two lines', '{"a": "x\ny"}', '1 a: a string does not end on its line'],
    ['a name that is there twice', '{"a": 1,\n"a": 2}', '2 a: is there twice'],
    ['a name that a copy would lose', '{"a": {\n"__proto__": {"b": true}}}', '2 a.__proto__: cannot be the name of a field'],
    ['an end that is missing', '{"a": [1', '1 a: expected , or ]'],
    ['more after the end', '{} {}', '1 : expected the end of the file'],
    ['a wrong escape', '{"a": "\\x"}', '1 a: has a string with a wrong escape'],
    ['a number with a leading zero', '[01]', '1 : expected a value in double quotes, a number, true, false or null'],
    ['a word', '{"a": yes}', '1 a: expected a value in double quotes, a number, true, false or null'],
    ['another character', '{"a": ;}', '1 a: has a character that has no place in JSON'],
    ['nothing', '', '1 : expected a value'],
    ['too deep a nesting', '['.repeat(60), '1 : is nested more than 50 levels deep'],
  ])('%s', (_, text, message) => expect(failureOf(text)).toBe(message))

  it('a secret in the place of a name is not repeated', () => {
    expect(failureOf('{"hunter2 is: my/password": 1 2}')).toBe('1 : expected , or }')
  })
})

const seed = Number(process.env['SEED'] ?? 20_261_128)

it(`10 000 texts with one character changed → the value that JSON.parse gives, or a refusal where it refuses (SEED=${seed})`, () => {
  const random = createSeededRandom(seed)
  const text = '{"a": [1, -2.5, "x\\n"], "b": {"c": null, "d": true}}'
  const letters = [...'{}[],:"\\ \n01e-.tn/x']
  for (let round = 0; round < 10_000; round++) {
    const at = Math.floor(random.next() * text.length)
    const changed = text.slice(0, at) + letters[Math.floor(random.next() * letters.length)] + text.slice(at + 1)
    let expected: unknown
    try {
      expected = JSON.parse(changed)
    } catch {
      expect(failureOf(changed), changed).not.toBe('none')
      continue
    }
    // Names that are there twice are ours to refuse.
    const failure = failureOf(changed)
    if (failure.endsWith('is there twice')) continue
    expect(parseJsonSource(changed).value, changed).toEqual(expected)
  }
})
