import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startVisitorServer, type VisitorServer } from '../../../examples/browser/server/visitor-server.ts'
import { bundleScript } from '../browsers/bundle-script.ts'
import { problemRecorder } from '../browsers/problem-recorder.ts'

export interface SignInSite {
  readonly url: string
  /** The authorization server that its users sign in to. */
  readonly server: VisitorServer
  close(): Promise<void>
}

/** A page of a public client under a strict policy, and the authorization server that it signs users in with. */
export async function startSignInSite(): Promise<SignInSite> {
  const scripts: Record<string, string> = {
    '/recorder.js': problemRecorder,
    '/page.js': await bundleScript(new URL('sign-in-page.ts', import.meta.url)),
    '/worker.js': await bundleScript(new URL('sign-in-worker.ts', import.meta.url)),
  }
  const site = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (pathname === '/client.json') return response.setHeader('content-type', 'application/json').end(JSON.stringify(server.client))
    if (scripts[pathname]) return response.setHeader('content-type', 'text/javascript').end(scripts[pathname])
    if (pathname !== '/') return response.writeHead(404).end()
    response.setHeader('content-type', 'text/html')
    // The token endpoint and the API are all that a page needs beside itself.
    response.setHeader(
      'content-security-policy',
      `default-src 'none'; script-src 'self'; connect-src 'self' ${server.client.issuer}; img-src data:; base-uri 'none'; form-action 'none'`,
    )
    response.end(`<!doctype html><html lang="en"><title>Sign in</title><link rel="icon" href="data:,">
<script src="/recorder.js"></script><script type="module" src="/page.js"></script>`)
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  const server = await startVisitorServer({ origin: url, lifetimeMs: 3_600_000 })
  return {
    url,
    server,
    async close() {
      await server.close()
      site.closeAllConnections()
      await new Promise((resolve) => site.close(resolve))
    },
  }
}
