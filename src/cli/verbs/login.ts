import { completeSignIn, createAuthorizationUrl, type SignInStorage } from '../../sign-in/sign-in.ts'
import type { Grant } from '../../vocabulary/grant.ts'
import type { ProfileCall, Verb } from '../call.ts'
import { CommandError, exitStatus, UsageError } from '../failure.ts'
import { listenForRedirect } from '../loopback.ts'
import { hasDisplay, openBrowser } from '../open-browser.ts'

export const login: Verb = {
  summary: 'Signs a person in, in a browser.',
  text: 'Opens the page where a person signs in, waits until the browser comes back to a port of this machine, and stores the token. From then on it is renewed by its refresh token. BROWSER names another browser.',
  options: {
    'no-browser': { text: 'Prints the address, and opens nothing.' },
  },
  example: 'tokenwell login shows',
  async runWith(call) {
    const { profile, signal, terminal } = call
    const { grantType } = profile.build().grant
    if (grantType !== 'authorization_code') {
      throw new UsageError(`Nobody has to sign in for this profile: its grant is ${grantType}, and tokenwell token gets the token.`)
    }
    await signInByBrowser(call, async (grant) => {
      // Now: a code lives some seconds.
      const { expiresAt } = await profile.createManager(profile.build(grant)).getToken({ signal })
      const until = expiresAt === undefined ? '' : ` The token is valid until ${new Date(expiresAt).toISOString()}.`
      await terminal.note(`Signed in.${until}`)
    })
    return exitStatus.done
  },
}

// The pending sign-in lives as long.
const longestWaitMs = 600_000

async function signInByBrowser(call: ProfileCall, takeGrant: (grant: Grant) => Promise<void>): Promise<void> {
  const { profile, signal } = call
  const { redirectUri: wanted, ...request } = profile.signIn
  const { provider, grant } = profile.build()
  const loopback = await listenForRedirect(wanted)
  try {
    const { redirectUri } = loopback
    const client = { provider, clientId: grant.clientId as string, redirectUri, storage: createStorage() }
    const signIn = { ...client, allowInsecureRequests: profile.allowInsecureRequests }
    await sendToBrowser(await createAuthorizationUrl({ ...signIn, ...request }), call)
    const { url, answer } = await cameBackInTime(loopback.cameBack, signal)
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

type CameBack = Awaited<ReturnType<typeof listenForRedirect>>['cameBack']

async function cameBackInTime(cameBack: CameBack, signal: AbortSignal): ReturnType<CameBack> {
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
