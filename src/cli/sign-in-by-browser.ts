import { completeSignIn, createAuthorizationUrl, type SignInStorage } from '../sign-in/sign-in.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ProfileCall } from './call.ts'
import { CommandError } from './failure.ts'
import { listenForRedirect } from './loopback.ts'
import { hasDisplay, openBrowser } from './open-browser.ts'

// The pending sign-in lives as long.
const longestWaitMs = 600_000

/**
 * Signs a person in, in a browser that comes back to a port of this machine (RFC 8252 §7.3), and hands on the grant. The page that
 * the person sees at the end says whether what was done with it worked.
 */
export async function signInByBrowser(call: ProfileCall, takeGrant: (grant: Grant) => Promise<void>): Promise<void> {
  const { profile, signal } = call
  const { redirectUri: wanted, ...request } = profile.signIn
  const { provider, grant } = profile.build()
  const loopback = await listenForRedirect(wanted)
  try {
    const { redirectUri } = loopback
    const client = { provider, clientId: grant.clientId as string, redirectUri, storage: createStorage() }
    const signIn = { ...client, allowInsecureRequests: profile.allowInsecureRequests }
    const address = await createAuthorizationUrl({ ...signIn, ...request })
    const state = address.searchParams.get('state') as string
    // Listened for first: the browser may be fast.
    const response = cameBackInTime((limited) => loopback.cameBack(state, limited), signal)
    const [{ url, answer }] = await Promise.all([response, sendToBrowser(address, call)])
    try {
      const completed = await completeSignIn({ ...signIn, ...(grant.clientSecret && { clientSecret: grant.clientSecret }), url })
      await takeGrant(completed.grant)
      await answer(true)
    } catch (error) {
      await answer(false)
      throw error
    }
  } finally {
    loopback.close()
  }
}

async function sendToBrowser(url: URL, { options, terminal }: ProfileCall): Promise<void> {
  const isOpened = !options['no-browser'] && hasDisplay(terminal.env) && (await openBrowser(url.href, terminal.env))
  await terminal.note(`${isOpened ? 'Your browser opens this page' : 'Open this page in your browser'}:\n\n  ${url}\n`)
}

async function cameBackInTime<T>(cameBack: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(longestWaitMs)
  try {
    return await cameBack(AbortSignal.any([signal, limit]))
  } catch (error) {
    throw limit.aborted ? new CommandError('Nobody came back from the sign-in within ten minutes: start it again.') : error
  }
}

/** For one sign-in of one user: a Map is enough, and ends with the process. */
function createStorage(): SignInStorage {
  const pending = new Map<string, string>()
  return {
    getItem: (key) => pending.get(key),
    setItem: (key, value) => void pending.set(key, value),
    removeItem: (key) => void pending.delete(key),
  }
}
