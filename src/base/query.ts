/**
 * Writes the spaces of a query as `%20`. URLSearchParams writes a plus, which some servers read as a plus sign. Every real plus
 * sign has been escaped by URLSearchParams, which must have written this query.
 */
export function escapeSpaces(url: URL): URL {
  url.search = url.search.replaceAll('+', '%20')
  return url
}
