import type { Verb } from '../call.ts'
import { exitStatus } from '../failure.ts'
import { toJsonLine } from '../json-output.ts'
import { describeStored } from '../stored-token.ts'

export const explain: Verb = {
  summary: 'Says what a profile does, and what the next call will do.',
  text: 'Says where tokens of the profile are asked for, by which grant, where each secret comes from, which origins may receive the token, where it is kept, and what the next call will do. Asks no server, and shows neither a token nor a secret.',
  options: { json: { text: 'JSON.' } },
  example: 'tokenwell explain cameras',
  async runWith({ options, profile, terminal }) {
    const { provider, grant, tokenUrl, renewalUrl, authorizationUrl, apiUrl, apiUrlFrom, origins } = profile.createManager().explain()
    const stored = describeStored(await profile.readStored(), grant, Date.now())
    const rows: Readonly<Record<string, string | readonly string[] | undefined>> = {
      profile: profile.name,
      file: profile.file,
      provider,
      grant,
      'token endpoint': tokenUrl,
      renewal: renewalUrl,
      'sign-in': authorizationUrl,
      api: apiUrlFrom === 'token' ? `${apiUrl}, or what the reply with the token says` : apiUrl,
      'token goes to': origins,
      secrets: [...profile.secrets.shown].map(([name, from]) => `${name} from ${from}`),
      'kept in': profile.directory,
      state: stored.state,
      'next call': stored.next,
    }
    const shown = Object.entries(rows).filter(([, value]) => value !== undefined && value.length > 0)
    const text = options['json']
      ? toJsonLine(Object.fromEntries(shown))
      : shown.map(([name, value]) => `${name}: ${[value].flat().join(', ')}`).join('\n')
    await terminal.write(`${text}\n`)
    return exitStatus.done
  },
}
