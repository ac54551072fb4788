/** A place in a file of JSON that breaks its grammar, or says a name twice. Its message never repeats the text: it may hold a secret. */
export class JsonSourceError extends Error {
  readonly line: number
  /** The field that was read last: `profiles.cameras.options`. */
  readonly path: string

  constructor(message: string, place: { line: number; path: string }) {
    super(message)
    this.line = place.line
    this.path = place.path
  }
}

/** A JSON value, and the lines where its fields stand. */
export interface JsonSource {
  readonly value: unknown
  /** The line of a field, such as `profiles.cameras.options` or `origins[0]`; of what holds it, where it is not there. */
  lineOf(path: string): number
  has(path: string): boolean
}

/**
 * Parses JSON strictly (RFC 8259: no comments, no comma after the last entry), and remembers lines. A name that is said twice is
 * refused: the second one would win without a word.
 * @throws JsonSourceError
 */
export function parseJsonSource(text: string): JsonSource {
  const reader = new JsonReader(text)
  const value = reader.readDocument()
  const lines = reader.lines
  return {
    value,
    has: (path) => lines.has(path),
    lineOf(path) {
      let known = path
      while (known && !lines.has(known)) known = known.replace(/(\.[^.[]*|\[\d+\]|^[^.[]*)$/, '')
      return lines.get(known) ?? 1
    },
  }
}

// White space, and then a mark, a string, or a number or word. A string cannot hold a line break.
const part = /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\r\n]|\\.)*")|(-?[\w.+-]+))?/y
const deepest = 50

class JsonReader {
  readonly lines = new Map<string, number>()
  readonly #text: string
  #mark: string | undefined
  #scalar: string | undefined
  #isString = false
  #line = 1
  #countedTo = 0
  #path = ''

  constructor(text: string) {
    // A byte order mark, as some editors write.
    this.#text = text.replace(/^\uFEFF/, '')
    part.lastIndex = 0
    this.#next()
  }

  readDocument(): unknown {
    const value = this.#readValue('', 0)
    if (this.#mark !== '') this.#fail('expected the end of the file')
    return value
  }

  #readValue(path: string, depth: number): unknown {
    if (depth > deepest) this.#fail(`is nested more than ${deepest} levels deep`)
    if (this.#mark === '{') return this.#readObject(path, depth)
    if (this.#mark === '[') return this.#readList(path, depth)
    if (this.#scalar === undefined) this.#fail('expected a value')
    const value = this.#parseScalar(this.#scalar)
    this.#next()
    return value
  }

  #readObject(path: string, depth: number): object {
    const entries = new Map<string, unknown>()
    this.#readEntries('}', () => {
      if (!this.#isString || this.#scalar === undefined) this.#fail('expected a name in double quotes')
      const name = this.#parseScalar(this.#scalar) as string
      const inner = path ? `${path}.${name}` : name
      // What is no word may be a secret that stands in the wrong place.
      this.#path = /^[\w$.-]{1,60}$/.test(name) ? inner : path
      if (entries.has(name)) this.#fail('is there twice')
      // Copied, it would be no field any more, and nobody would miss it.
      if (name === '__proto__') this.#fail('cannot be the name of a field')
      this.lines.set(inner, this.#line)
      this.#next()
      this.#take(':')
      entries.set(name, this.#readValue(inner, depth + 1))
    })
    return Object.fromEntries(entries)
  }

  #readList(path: string, depth: number): unknown[] {
    const values: unknown[] = []
    this.#readEntries(']', () => {
      const inner = `${path}[${values.length}]`
      this.lines.set(inner, this.#line)
      values.push(this.#readValue(inner, depth + 1))
    })
    return values
  }

  #readEntries(end: string, readEntry: () => void): void {
    this.#next()
    if (this.#mark !== end) {
      readEntry()
      while (this.#mark === ',') {
        this.#next()
        if (this.#mark === end) this.#fail('a comma stands after the last entry')
        readEntry()
      }
    }
    this.#take(end)
  }

  #take(mark: string): void {
    if (this.#mark !== mark) this.#fail(mark === ':' ? 'expected :' : `expected , or ${mark}`)
    this.#next()
  }

  #next(): void {
    const { lastIndex: from } = part
    const [all = '', mark, string, other] = part.exec(this.#text) ?? []
    // Lines are counted up to where the part begins.
    const begin = from + all.length - (mark ?? string ?? other ?? '').length
    for (; this.#countedTo < begin; this.#countedTo++) if (this.#text[this.#countedTo] === '\n') this.#line++
    part.lastIndex = from + all.length
    this.#scalar = string ?? other
    this.#isString = string !== undefined
    this.#mark = this.#scalar === undefined ? (mark ?? '') : undefined
    if (this.#mark === '' && begin < this.#text.length) this.#fail(this.#describeForeign(this.#text.slice(begin, begin + 2)))
  }

  #describeForeign(text: string): string {
    if (/^(\/[/*]|#)/.test(text)) return 'has a comment, which JSON does not know'
    if (text.startsWith('"')) return 'a string does not end on its line'
    return text.startsWith("'") ? 'strings stand in double quotes' : 'has a character that has no place in JSON'
  }

  #parseScalar(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      return this.#fail(
        this.#isString ? 'has a string with a wrong escape' : 'expected a value in double quotes, a number, true, false or null',
      )
    }
  }

  #fail(message: string): never {
    throw new JsonSourceError(message, { line: this.#line, path: this.#path })
  }
}
