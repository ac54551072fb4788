import { randomId } from '../base/random-id.ts'
import type { Grant } from './grant.ts'
import type { Provider } from './provider.ts'
import { scopeList } from './scope.ts'
import { resolveSecret } from './secret.ts'

/**
 * The key under which a store keeps a token: the canonical JSON of whose token it is. Distinct identities never
 * collide, permuted scopes do not differ, and no secret is in it: where only a secret tells grants apart, its SHA-256
 * stands for it.
 */
export async function buildTokenKey(provider: Provider, grant: Grant, subject?: string): Promise<string> {
  const { clientId, grantType, identifiedBy, oneTime, parameters = {} } = grant
  const { extraParameters } = provider.tokenRequest ?? {}
  // A refresh token identifies its holder only where nobody said who that is.
  const distinguishing = grantType === 'refresh_token' && subject !== undefined ? undefined : identifiedBy
  // In alphabetical order, as canonical JSON has it; what is undefined is left out.
  return `tokenwell:1:${JSON.stringify({
    client: clientId,
    // The audience, the tenant, and whatever else this API wants to be told; hashed, since it may be a key.
    extra: extraParameters && (await sha256(JSON.stringify(sortedEntries(extraParameters)))),
    grant: grantType,
    identifiedBy: distinguishing && (await sha256(await resolveSecret('grant', distinguishing))),
    parameters: oneTime ? undefined : sortedEntries(parameters),
    provider: provider.name,
    scopes: scopeList(grant.scope).sort(),
    subject,
    tokenUrl: new URL(provider.tokenUrl).href,
  })}`
}

const sortedEntries = (parameters: Readonly<Record<string, string>>) => Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))

async function sha256(text: string): Promise<string> {
  // Pages without TLS have no WebCrypto. Nothing may stand in for the hash there: such a token is then not shared.
  if (!globalThis.crypto?.subtle) return randomId()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
