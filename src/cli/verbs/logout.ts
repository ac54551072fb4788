import { fieldOf } from '../../base/redact.ts'
import type { Verb } from '../call.ts'
import { exitStatus } from '../failure.ts'

export const logout: Verb = {
  summary: 'Forgets the token, and has the server end it.',
  text: 'Forgets the token of the profile, for all processes, and has the server end it where the provider says how (revocation). It stays forgotten, also where the server cannot be reached.',
  options: {},
  example: 'tokenwell logout cameras',
  async runWith({ profile, terminal }) {
    const tokens = profile.createManager()
    const { provider, grant } = profile.build()
    const { token } = (await profile.readStored()) ?? {}
    // A refresh token of the profile is one to be ended, too.
    const hasOwn = grant.grantType === 'refresh_token' && provider.revocation !== undefined && provider.revocation.as !== 'token'
    if (token === undefined && !hasOwn) {
      // A refusal that is remembered goes.
      await tokens.clear()
      await terminal.note('No token was stored: nothing was sent to the server.')
      return exitStatus.done
    }
    if (provider.revocation === undefined) {
      await tokens.clear()
      const isEndless = token !== undefined && token.expiresAt === undefined
      const until = isEndless ? 'it never expires, so end it at the server yourself.' : 'it stays valid until it expires.'
      await terminal.note(`The token is forgotten. How it is ended at the server, this provider does not say: ${until}`)
      return exitStatus.done
    }
    try {
      await tokens.revoke()
    } catch (error) {
      // A store that failed has forgotten nothing for others.
      if (fieldOf(error, 'name') !== 'TokenStoreError') await terminal.note('The token is forgotten here, but the server did not end it.')
      throw error
    }
    await terminal.note('The token is forgotten, and the server has ended it.')
    return exitStatus.done
  },
}
