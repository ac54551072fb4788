import ky, { type KyInstance, type Options as KyOptions } from 'ky'
import { check, describeUnknown } from '../base/check.ts'
import { signedOut } from '../base/errors.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import { joinPaths } from './join-paths.ts'

/** ky's own options. Calls go through the manager's `fetch`, so there is no place for another one. */
export type ClientOptions = Omit<KyOptions, 'fetch'> & { fetch?: undefined }

// An option that a later ky brings, and that is missing here, does not compile.
const ofKy = {
  ...{ json: true, parseJson: true, stringifyJson: true, searchParams: true, baseUrl: true, prefix: true, retry: true, timeout: true },
  ...{ totalTimeout: true, hooks: true, throwHttpErrors: true, onDownloadProgress: true, onUploadProgress: true, context: true },
} satisfies Record<Exclude<keyof ClientOptions, keyof RequestInit | 'fetch'>, true>

// Of the Fetch API, and of platforms and frameworks that have more of them (undici, Next.js, Cloudflare, Bun, Deno).
const ofFetch = [
  ...['method', 'headers', 'body', 'mode', 'credentials', 'cache', 'redirect', 'referrer', 'referrerPolicy', 'integrity', 'keepalive'],
  ...['signal', 'window', 'duplex', 'priority', 'attributionReporting', 'browsingTopics', 'targetAddressSpace'],
  ...['dispatcher', 'next', 'cf', 'proxy', 'tls', 'unix', 'verbose', 'decompress', 'protocol', 'client'],
]
const known = [...Object.keys(ofKy), ...ofFetch]

/** Stands for the origin of the API in requests that are made before a token says where that is. Nothing is sent there. */
const standIn = 'https://origin-of-the-token.invalid'

/**
 * A ky client that sends through `tokens.fetch`. Paths such as `cities` or `/cities` are joined to the `apiUrl` of the token
 * where its reply named one, else to the provider's, or to a `baseUrl` of the options. ky's own options apply (hooks, retries
 * of the API, time-outs, JSON), but for `fetch`.
 *
 * Where replies name the API, requests wait for the token to know where to go. ky's hooks and errors show a placeholder in
 * place of its address, and the bodies of requests are read before they are sent.
 * @throws ConfigurationError for a preset in the place of a manager, for an option `fetch`, and for an option that neither ky nor a
 * platform's `fetch` knows
 */
export function createClient(tokens: TokenManager, options: ClientOptions = {}): KyInstance {
  check('tokens', typeof tokens?.explain === 'function', 'must be a TokenManager: createClient(new TokenManager(…))')
  check('fetch', options.fetch === undefined, 'has no place here, since calls go through tokens.fetch: give it to the TokenManager')
  for (const name of Object.keys(options)) check(name, name === 'fetch' || known.includes(name), describeUnknown(name, known))
  const { apiUrl, apiUrlFrom } = tokens.explain()
  if (apiUrlFrom !== 'token' || options.baseUrl !== undefined) {
    return joinPaths(ky.create({ ...options, baseUrl: asFolder(String(options.baseUrl ?? apiUrl)), fetch: tokens.fetch }))
  }
  const folder = new URL(asFolder(apiUrl)).pathname
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = input as Request
    const { url } = request
    if (new URL(url).origin !== standIn) return tokens.fetch(input, init)
    const all = await readInSignIn(tokens, request)
    const base = new URL(asFolder(tokens.explain().apiUrl))
    const path = url.slice(standIn.length)
    const target = path.startsWith(folder) ? `${base.href}${path.slice(folder.length)}` : `${base.origin}${path}`
    return tokens.fetch(target, { ...all, ...init })
  }
  return joinPaths(ky.create({ ...options, baseUrl: `${standIn}${folder}`, fetch }))
}

function asFolder(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}

/**
 * What a request says, once a token is there.
 * @throws SignInRequiredError where a sign-out came in between: what it would be sent to, and as whom, is not what was meant
 */
async function readInSignIn(tokens: TokenManager, request: Request): Promise<RequestInit> {
  const { signal } = request
  let isCleared: boolean
  const stop = tokens.on('cleared', () => {
    isCleared = true
  })
  try {
    let all: RequestInit | undefined
    do {
      isCleared = false
      // The token is asked for first: a manager that has nothing yet tells of no sign-out.
      const token = tokens.getToken({ signal })
      ;[all] = await Promise.all([all ?? readRequest(request), token])
      // With these, nobody else signs in.
      const isOfNobody = /^(client_credentials|password)$/.test(tokens.explain().grant)
      if (isCleared && !isOfNobody) throw signedOut()
    } while (isCleared)
    return all
  } finally {
    stop()
  }
}

/** All that a request says but for its URL. Its body is read: not every browser shows it as a stream, or sends one. */
async function readRequest(request: Request): Promise<RequestInit> {
  const { method, headers, signal, cache, credentials, integrity, keepalive, mode, redirect, referrerPolicy } = request
  const body = method === 'GET' || method === 'HEAD' ? undefined : await request.arrayBuffer()
  const all = { method, headers, signal, cache, credentials, integrity, keepalive, mode, redirect, referrerPolicy, ...(body?.byteLength && { body }) } // biome-ignore format: one line
  // Not every platform has, or takes, all of them.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== ''))
}
