import type { Input, KyInstance, Options as KyOptions } from 'ky'

const methods = ['get', 'post', 'put', 'patch', 'head', 'delete'] as const

/**
 * A client that joins a path with a slash before it to the base URL too: by itself ky would resolve it against the origin,
 * and the path of the API would be lost without a word.
 */
export function joinPaths(client: KyInstance): KyInstance {
  const send = (input: Input, options?: KyOptions) => client(toRelative(input), options)
  const sends = methods.map((method) => [method, (input: Input, options?: KyOptions) => client[method](toRelative(input), options)])
  const extend: KyInstance['extend'] = (options) => joinPaths(client.extend(options))
  return Object.assign(send, client, Object.fromEntries(sends), { extend })
}

/** Not of `//host` and `/\host`, which name another origin. */
function toRelative(input: Input): Input {
  return typeof input === 'string' && /^\/(?![/\\])/.test(input) ? `.${input}` : input
}
