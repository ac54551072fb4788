import { listInitFields, readAll } from './read-init.ts'

/** A caller's `Request`, with the URL that `fetch` would take from it. */
export interface RequestInput {
  readonly request: Request
  readonly url: string
  /** Whether it is one of another package: its fields are read once, and sent with the URL as text. */
  readonly isForeign: boolean
}

/**
 * Tells a `Request` from everything else as `fetch` does: by what it is, and not by what it says. Where a `fetch` was
 * given, a `Request` of its package counts too. Anything else is given back, an object as the text that `fetch` would read.
 */
export function readInput(input: unknown, hasOwnFetch: boolean): RequestInput | { readonly text: unknown } {
  if (typeof input !== 'object' || input === null) return { text: input }
  const request = input as Request
  const url = input instanceof URL ? undefined : readPlatformUrl(request)
  if (url !== undefined) return { request, url, isForeign: false }
  let text: string
  try {
    text = String(input)
  } catch {
    return { text: input }
  }
  const foreignUrl: unknown = hasOwnFetch && text === '[object Request]' ? request.url : undefined
  return typeof foreignUrl === 'string' ? { request, url: foreignUrl, isForeign: true } : { text }
}

/** `undefined` for what is no `Request` of this platform: its getters throw for an object that only says that it is one. */
function readPlatformUrl(request: Request): string | undefined {
  try {
    // React Native's `Request` has no getters: there the object's own field is what `fetch` reads.
    return Reflect.get(Request.prototype, 'url', request) ?? (request instanceof Request ? request.url : undefined)
  } catch {
    return undefined
  }
}

/** What a field of a `Request` holds, whatever a subclass shows in its place. */
export function readField<K extends keyof Request>({ request, isForeign }: RequestInput, name: K): Request[K] {
  const value: Request[K] | undefined = isForeign ? undefined : Reflect.get(Request.prototype, name, request)
  return value === undefined ? request[name] : value
}

/** Adds to the caller's init what `fetch` would drop of a `Request` as soon as an init, such as ours, says anything. */
export function completeInit(source: RequestInput, init: RequestInit): void {
  addFields(source, init, ['referrer', 'referrerPolicy'])
}

/** Adds to the caller's init all that a `Request` says but for its body, for sending it by its URL. */
export function spreadRequest(source: RequestInput, init: RequestInit): void {
  const { body } = init
  addFields(source, init, source.isForeign ? Object.keys(readAll(source.request)) : listInitFields())
  init.body = body as BodyInit
}

function addFields(source: RequestInput, init: RequestInit, names: readonly string[]): void {
  const all = init as Record<string, unknown>
  let wasEmpty: boolean | undefined
  for (const name of names) {
    if (all[name] !== undefined) continue
    const value: unknown = readField(source, name as keyof Request)
    // What is meant anyway: the referrer, which `fetch` would parse as a URL, and the policy.
    if (value === 'about:client' || (value === '' && name !== 'referrer')) continue
    wasEmpty ??= Object.values(init).every((given) => given === undefined)
    // As `fetch` does: of a `Request` that an init changes, the referrer does not count.
    if (wasEmpty || !name.startsWith('referrer')) all[name] = value
  }
  // In this mode browsers drop `Authorization` in silence.
  if ((init.mode ?? readField(source, 'mode')) === 'no-cors') init.mode = 'cors'
}
