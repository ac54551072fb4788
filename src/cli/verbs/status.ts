import type { Call, Verb } from '../call.ts'
import { describeFailure, exitStatus, statusOf } from '../failure.ts'
import { toJsonLine } from '../json-output.ts'
import { withProfile } from '../open-profile.ts'
import type { ProfileFile } from '../profile-file.ts'
import { describeStored, type StoredState } from '../stored-token.ts'
import type { Terminal } from '../terminal.ts'

export const status: Verb = {
  summary: 'Says which tokens are stored. Asks no server.',
  text: 'Says whether a token is stored for a profile, and until when it is valid; without a profile, for each of them. Asks no server, and shows no token.\nThe exit status is 4 where a person has to sign in for the profile.',
  options: { json: { text: 'JSON, a line for each profile.' } },
  example: 'tokenwell status cameras',
  isProfileOptional: true,
  async runWithFile(call, file, name) {
    const look = { call, file }
    if (name !== undefined) return show(name, await read(name, look), call)
    let worst: number = exitStatus.done
    for (const one of file.names) {
      try {
        await show(one, await read(one, look), call)
      } catch (error) {
        // One that is wrong does not hide the others.
        worst = Math.max(worst, statusOf(error))
        await call.terminal.note(`tokenwell: ${describeFailure(error)}`)
      }
    }
    return worst
  },
}

function read(name: string, { call, file }: { call: Call; file: ProfileFile }): Promise<StoredState> {
  const { terminal, signal } = call
  return withProfile({ file, name, terminal, signal }, async (profile) =>
    describeStored(await profile.readStored(), profile.build().grant.grantType, Date.now()),
  )
}

async function show(name: string, stored: StoredState, { options, terminal }: Call): Promise<number> {
  const { expiresAt, ...rest } = stored
  const instant = expiresAt === undefined ? undefined : new Date(expiresAt).toISOString()
  const asJson = () => toJsonLine({ profile: name, ...rest, expiresAt: instant })
  await terminal.write(`${options['json'] ? asJson() : toText(name, stored, { instant, terminal })}\n`)
  return stored.state === 'sign-in required' ? exitStatus.signInRequired : exitStatus.done
}

const colours = { valid: 'green', expired: 'yellow', absent: 'yellow', 'sign-in required': 'red', refused: 'red' } as const

function toText(
  name: string,
  { state, next }: StoredState,
  { instant, terminal }: { instant: string | undefined; terminal: Terminal },
): string {
  const until = instant && state === 'valid' ? ` until ${instant}` : ''
  return `${name}: ${terminal.paint(colours[state], state)}${until}\n  ${next}`
}
