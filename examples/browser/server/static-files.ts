import type { PageFile } from './build-page.ts'
import { refuse } from './security.ts'

/** Serves what was built, by its exact path: what is not in the map cannot be reached, however the path is written. */
export function serveFile(files: ReadonlyMap<string, PageFile>, request: Request): Response {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET')
  const file = files.get(new URL(request.url).pathname)
  if (!file) return refuse(404, 'Nothing here')
  const caching = file.isHashed ? 'public, max-age=31536000, immutable' : 'no-store'
  return new Response(file.body, { headers: { 'content-type': file.type, 'cache-control': caching } })
}
