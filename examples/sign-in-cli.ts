// Signs a user in from a command line (RFC 8252): prints an address for the browser, waits on 127.0.0.1 for the user to come
// back, and lists the user's shows at Camdram. `npm run example:sign-in` runs it against the emulator, whose user needs no
// password; with CAMDRAM_BASE_URL, CAMDRAM_CLIENT_ID, CAMDRAM_CLIENT_SECRET and REDIRECT_PORT in the environment, against the real site, which
// has to know http://127.0.0.1:REDIRECT_PORT/callback.
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { camdram, isTokenwellError, TokenManager } from 'tokenwell'
import { startEmulator } from 'tokenwell/emulator'
import { completeSignIn, createAuthorizationUrl } from 'tokenwell/sign-in'

const { CAMDRAM_BASE_URL, CAMDRAM_CLIENT_ID = '', CAMDRAM_CLIENT_SECRET = '', REDIRECT_PORT = '0' } = process.env
const emulator = CAMDRAM_BASE_URL ? undefined : await startEmulator({ systems: ['camdram'], flavour: 'real' })
const baseUrl = CAMDRAM_BASE_URL ?? emulator?.baseUrls.camdram ?? ''
const app = emulator?.credentials.camdramWebsite ?? { clientId: CAMDRAM_CLIENT_ID, clientSecret: CAMDRAM_CLIENT_SECRET, redirectUri: '' }

// First of all: the address that the user comes back to has its port in it.
const server = createServer().listen(Number(REDIRECT_PORT), '127.0.0.1')
await once(server, 'listening')
app.redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`

try {
  for (const name of await signInAndList()) console.log(`- ${name}`)
} catch (error) {
  if (!isTokenwellError(error)) throw error
  console.error(`sign-in: ${error.message}`)
  process.exitCode = 1
} finally {
  server.close()
  server.closeAllConnections()
  await emulator?.close()
}

async function signInAndList(): Promise<string[]> {
  const { clientId, clientSecret, redirectUri } = app
  const { provider } = camdram({ baseUrl, clientId, clientSecret })
  // This process has one user: a Map is enough, and ends with it.
  const pending = new Map<string, string>()
  const storage = {
    getItem: (key: string) => pending.get(key),
    setItem: (key: string, value: string) => pending.set(key, value),
    removeItem: (key: string) => pending.delete(key),
  }
  const signIn = { provider, clientId, redirectUri, storage }
  // Camdram gives a token no rights that were not asked for. A user's shows are one.
  const address = await createAuthorizationUrl({ ...signIn, scope: 'user_shows' })
  console.log(`Open this address in your browser:\n\n  ${address}\n`)

  const { url, response } = await cameBack(server)
  try {
    const { grant } = await completeSignIn({ ...signIn, clientSecret, url })
    // With `store: fileStore()` of tokenwell/node, the next run would go on with authorizationCode({ clientId, clientSecret }).
    const tokens = new TokenManager({ provider, grant, renewal: { scheduled: false } })
    const shows = await tokens.fetch(`${baseUrl}/auth/account/shows.json`)
    if (!shows.ok) throw new Error(`Camdram answered ${shows.status}`)
    await show(response, 200, 'You are signed in. You can close this page.')
    return ((await shows.json()) as { name: string }[]).map(({ name }) => name)
  } catch (error) {
    await show(response, 400, 'That did not work: the command line says why. You can close this page.')
    throw error
  }
}

/** The first request at the redirect URI. Browsers ask for other things too, such as an icon. */
function cameBack(listening: Server): Promise<{ url: URL; response: ServerResponse }> {
  return new Promise((resolve) => {
    listening.on('request', (request, response) => {
      const url = new URL(`${new URL(app.redirectUri).origin}${request.url}`)
      if (url.pathname === '/callback') resolve({ url, response })
      else show(response, 404, 'There is nothing here.')
    })
  })
}

function show(response: ServerResponse, status: number, text: string): Promise<void> {
  response.writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  return new Promise((resolve) => response.end(`${text}\n`, resolve))
}
