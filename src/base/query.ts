/**
 * A URL with its query as servers read it whatever they are: a space is `%20`, not the plus of URLSearchParams, which some read
 * as a plus. A plus that is one has been escaped by URLSearchParams.
 */
export function escapeSpaces(url: URL): URL {
  url.search = url.search.replaceAll('+', '%20')
  return url
}
