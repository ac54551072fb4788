import { ConfigurationError } from '../base/errors.ts'
import type { Scope, Secret } from '../vocabulary/grant.ts'

/** Checks an option that must be text. The message does not repeat it: it may be a secret in the wrong place. */
export function requireText(option: string, value: string): string {
  if (typeof value !== 'string' || !value) throw new ConfigurationError(option, 'must be a text that is not empty')
  return value
}

/** Checks an option that must be a secret: text, or a function that returns it. */
export function requireSecret(option: string, value: Secret): Secret {
  return typeof value === 'function' ? value : requireText(option, value)
}

/** The grant's `scope`, checked, or nothing. */
export function optionalScope(scope: Scope | undefined): { scope?: Scope } {
  if (scope === undefined) return {}
  if (![scope].flat().every((entry) => typeof entry === 'string'))
    throw new ConfigurationError('scope', 'must be a text or a list of texts')
  return { scope }
}

/** A client that may be public, checked. */
export function requireClient(clientId: string, clientSecret: Secret | undefined): { clientId: string; clientSecret?: Secret } {
  return {
    clientId: requireText('clientId', clientId),
    ...(clientSecret !== undefined && { clientSecret: requireSecret('clientSecret', clientSecret) }),
  }
}
