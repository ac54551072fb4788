/** The address of the page, where the code runs in one: neither in a worker nor on a server. */
export function pageUrl(): URL | undefined {
  const href = isPage() ? globalThis.location?.href : undefined
  return href !== undefined && URL.canParse(href) ? new URL(href) : undefined
}

/** Servers may have a `location` or a `sessionStorage` as well, but for all their users together. */
export function isPage(): boolean {
  return 'document' in globalThis
}
