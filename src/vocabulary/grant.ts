/** A secret, or a function that fetches one each time it is needed (a vault, a prompt, an environment). */
export type Secret = string | (() => string | Promise<string>)

/** Scopes: text split at white space, or a list. */
export type Scope = string | readonly string[]

/**
 * What the caller holds, in the wire's words (RFC 6749 §1.3): data, made by the functions in `grants/`.
 * Names of parameters are the standard ones; a provider may rename them.
 */
export interface Grant {
  readonly grantType: string
  readonly clientId?: string
  readonly clientSecret?: Secret
  readonly scope?: Scope
  /** Public parameters. They are part of the token's identity: they stand in store keys. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Secret parameters. In no key, event or message. */
  readonly secretParameters?: Readonly<Record<string, Secret>>
  /** What tells this grant from others where only a secret does: its SHA-256 is part of the identity. */
  readonly identifiedBy?: Secret
  /** Works once (an authorization code): used only for the first token; its parameters are not part of the identity. */
  readonly oneTime?: boolean
}
