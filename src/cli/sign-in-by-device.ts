import { startDeviceSignIn } from '../sign-in/device-sign-in.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ProfileCall } from './call.ts'
import { formatDuration } from './duration.ts'

/** Signs a person in on another device (RFC 8628): shows a code, and waits until it was entered there. */
export async function signInByDevice(
  { profile, signal, terminal }: ProfileCall,
  takeGrant: (grant: Grant) => Promise<void>,
): Promise<void> {
  const { provider, grant } = profile.build()
  const { clientSecret } = grant
  const { scope } = profile.signIn
  const signIn = await startDeviceSignIn({
    provider,
    clientId: grant.clientId as string,
    ...(clientSecret !== undefined && { clientSecret }),
    ...(scope !== undefined && { scope }),
    signal,
    allowInsecureRequests: profile.allowInsecureRequests,
  })
  const { userCode, verificationUri, verificationUriComplete, expiresAt } = signIn
  const link = verificationUriComplete ? `\n\nOr open this address, which has the code in it:\n\n  ${verificationUriComplete}` : ''
  const left = formatDuration(expiresAt - Date.now())
  await terminal.note(`Open ${verificationUri} on any device, and enter this code within ${left}:\n\n  ${userCode}${link}\n`)
  await takeGrant(await signIn.grant)
}
