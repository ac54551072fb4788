import { Problem } from './problem.ts'

/**
 * The host that a request is for: that of its `Host` header, else of its URL, where a framework has taken the header off.
 * @throws Problem where it is no host: a part of it may have become one of the path
 */
export function readHost({ headers }: Request, url: URL): string {
  const host = normalizeHost(headers.get('host') ?? url.host)
  if (host === undefined) throw new Problem('host_invalid')
  return host
}

/** In lower case and without a default port; `undefined` for what is no host, with or without a port. */
export function normalizeHost(text: string): string | undefined {
  if (!/^[^\s/\\?#@*,]+$/.test(text) || !URL.canParse(`https://${text}`)) return undefined
  return new URL(`https://${text}`).host.replace(/:80$/, '')
}
