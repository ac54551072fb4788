import { defineProvider, type Provider } from '../../src/index.ts'

interface Hosts {
  readonly url: string
  readonly otherUrl?: string | undefined
}

/**
 * The profile of an API, led to a server of ours: nothing but addresses is changed. What is data goes through JSON on the way, as it
 * would from a file; functions cannot, and are put back.
 */
export function relocate(profile: Provider, { url, otherUrl = url }: Hosts, changes: Readonly<Record<string, string>> = {}): Provider {
  const functions = new Map<string, unknown>()
  let text = JSON.stringify(profile, (_, value) => {
    if (typeof value !== 'function') return value
    const name = `function ${functions.size}`
    functions.set(name, value)
    return name
  })
  const origins = new Set([profile.apiUrl, profile.tokenUrl].map((address) => new URL(address).origin))
  for (const origin of origins) text = text.replaceAll(origin, url)
  for (const [from, to] of Object.entries(changes)) text = text.replaceAll(from, to)
  const moved = JSON.parse(text, (_, value) => functions.get(value) ?? value) as Provider
  return defineProvider({ ...moved, ...(moved.apiOrigins && { apiOrigins: [otherUrl, 'https://127.0.0.1'] }) })
}
