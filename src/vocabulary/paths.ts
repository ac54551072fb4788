/**
 * A path into a reply: `'a.b.c'`, where a number is the index of a list, `*` any element, and `a\\.b` a name with a dot. `''`
 * is the whole reply, `'header:NAME'` a header, `'cookie:NAME'` a cookie that is set. Of a list, the first one that is present.
 */
export type Paths = string | readonly string[]

/** What paths lead into. */
export interface PathSource {
  readonly body: unknown
  readonly headers?: ReplyHeaders | undefined
}

/** Older runtimes have no `getSetCookie`. */
export type ReplyHeaders = Pick<Headers, 'get'> & Partial<Pick<Headers, 'getSetCookie'>>

/** What stands at the first path that leads to something; `null` and `''` are nothing. Inherited properties do not count. */
export function readPath(source: PathSource, paths: Paths): unknown {
  for (const path of [paths].flat()) {
    const value = readAll(source, path).find((one) => one !== undefined && one !== null && one !== '')
    if (value !== undefined) return value
  }
  return undefined
}

/** Whether all of these paths lead into the headers of a reply. */
export function areInHeaders(paths: Paths): boolean {
  return [paths].flat().every((path) => /^(header|cookie):/.test(path))
}

/** Everything that a path leads to. */
export function readAll({ body, headers }: PathSource, path: string): readonly unknown[] {
  const [, place, name] = /^(header|cookie):(.+)$/.exec(path) ?? []
  if (name) return [place === 'header' ? headers?.get(name) : readCookie(headers, name)]
  let values = [body]
  for (const segment of path.match(/(\\.|[^.\\])+/g) ?? []) {
    values = values.flatMap((value) => (segment === '*' ? readElements(value) : readProperty(value, segment.replace(/\\(.)/g, '$1'))))
  }
  return values
}

function readProperty(value: unknown, name: string): unknown[] {
  return isObject(value) && Object.hasOwn(value, name) ? [(value as Record<string, unknown>)[name]] : []
}

function readElements(value: unknown): unknown[] {
  return isObject(value) ? Object.values(value) : []
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/**
 * The value of a cookie that a reply sets (RFC 6265 §5.2, §5.3): of several of one name the last one counts, and one that has ended
 * already is removed. Browsers show none.
 */
function readCookie(headers: ReplyHeaders | undefined, name: string): string | undefined {
  // A list in one header: commas stand in dates, too, but there no `name=` follows.
  const cookies = headers?.getSetCookie?.() ?? headers?.get('set-cookie')?.split(/,(?=[^;,=]+=)/) ?? []
  const now = Date.parse(headers?.get('date') ?? '') || Date.now()
  // Cookies of one name with different domains or paths stand beside each other.
  const found = new Map<string, string>()
  for (const cookie of cookies) {
    const [[own, value] = [], ...attributes] = cookie.split(';').map(readPair)
    if (own !== name || value === undefined) continue
    const said = new Map(attributes.map(([attribute, text = '']) => [attribute.toLowerCase(), text]))
    const maxAge = said.get('max-age') ?? ''
    const endsAt = /^-?\d+$/.test(maxAge) ? now + Number(maxAge) * 1_000 : Date.parse((said.get('expires') ?? '').replaceAll('-', ' '))
    const place = `${said.get('domain')};${said.get('path')}`
    found.delete(place)
    if (!(endsAt <= now)) found.set(place, value.replace(/^"(.*)"$/, '$1'))
  }
  return [...found.values()].at(-1)
}

function readPair(text: string): [name: string, value?: string] {
  const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  return name === undefined || value === undefined ? [text.trim()] : [name.trim(), value.trim()]
}
