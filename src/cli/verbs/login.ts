import type { Grant } from '../../vocabulary/grant.ts'
import type { ProfileCall, Verb } from '../call.ts'
import { exitStatus, UsageError } from '../failure.ts'
import { hasDisplay } from '../open-browser.ts'
import { signInByBrowser } from '../sign-in-by-browser.ts'
import { signInByDevice } from '../sign-in-by-device.ts'

export const login: Verb = {
  summary: 'Signs a person in, in a browser, or on another device.',
  text: 'Opens the page where a person signs in, waits until the browser comes back to a port of this machine, and stores the token. From then on it is renewed by its refresh token. BROWSER names another browser.\nWithout a display it shows a code for another device, where the provider knows that (deviceAuthorizationUrl), else the address.',
  options: {
    device: { text: 'Shows a code to enter on another device.' },
    'no-browser': { text: 'Prints the address, and opens nothing.' },
  },
  example: 'tokenwell login shows',
  async runWith(call) {
    const { options, profile } = call
    const { grantType } = profile.build().grant
    if (grantType !== 'authorization_code') {
      throw new UsageError(
        `Nobody has to sign in for this profile: its grant is ${grantType}, and ${profile.commandLine('token')} gets the token.`,
      )
    }
    if (options['device'] && options['no-browser']) throw new UsageError('--device goes without --no-browser')
    const signIn = isByDevice(call) ? signInByDevice : signInByBrowser
    await signIn(call, (grant) => storeToken(grant, call))
    return exitStatus.done
  },
}

function isByDevice({ options, profile, terminal }: ProfileCall): boolean {
  const { deviceAuthorizationUrl, authorizationUrl } = profile.build().provider
  if (options['device'] || options['no-browser']) return options['device'] === true
  return deviceAuthorizationUrl !== undefined && (authorizationUrl === undefined || !hasDisplay(terminal.env))
}

/** Gets the token now: a code lives some seconds. */
async function storeToken(grant: Grant, { profile, signal, terminal }: ProfileCall): Promise<void> {
  const tokens = profile.createManager(profile.build(grant))
  const { expiresAt } = await profile.patiently(() => tokens.getToken({ signal }))
  const until = expiresAt === undefined ? '' : ` The token is valid until ${new Date(expiresAt).toISOString()}.`
  await terminal.note(`Signed in.${until}`)
}
