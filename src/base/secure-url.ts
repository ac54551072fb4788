import { ConfigurationError } from './errors.ts'

/**
 * Whether secrets may go to this URL as far as the transport goes: `https:`, or `http:` to the machine itself.
 * `localhost` and all names below it count as such (RFC 6761 §6.3). Other names that resolve to loopback do not: their DNS
 * server decides that. The URL parser has already brought every spelling of an IPv4 address to four decimal numbers.
 */
export function isSecureUrl({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|\[::1\]|(?:[^.]+\.)*localhost)$/.test(hostname))
}

/** Parses the URL of an option, and refuses one that must not carry secrets. The messages do not repeat it: it may hold some. */
export function parseSecureUrl(option: string, value: unknown, allowInsecureRequests = false): URL {
  const text = value instanceof URL ? value.href : value
  if (typeof text !== 'string' || !URL.canParse(text))
    throw new ConfigurationError(option, 'must be an absolute URL, such as https://api.example.com')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new ConfigurationError(option, 'must begin with https:// or http://')
  if (url.username || url.password) throw new ConfigurationError(option, 'must not contain a user name or password')
  if (!allowInsecureRequests && !isSecureUrl(url)) {
    throw new ConfigurationError(option, 'must begin with https:// (http:// is for loopback only, unless allowInsecureRequests is true)')
  }
  return url
}
