import type { Grant, Provider, Token } from '../../../src/index.ts'

/** A server's own software, which is installed and started for the tests. */
export interface RealApi {
  /** The name of the profile's file, or of the software where a preset does. */
  readonly profile: string
  /** With its version. */
  readonly software: string
  /** How it is used, where the software stands here twice. */
  readonly variant?: string
  /** What is missing on this machine: it is not started then. */
  readonly needs?: string
  /** The token request as it has to be. */
  readonly logIn: { readonly method: string; readonly path: string; readonly body: string }
  readonly lifetimeMs: number
  start(): Promise<RunningRealApi>
}

export interface RunningRealApi {
  readonly url: string
  readonly profile: Provider
  /** With another password than the right one, if one is given. */
  grant(password?: string): Grant
  /** The path of a call that needs a token. */
  readonly read: string
  /** The server forgets an access token, and keeps its refresh token. */
  drop(token: Token): Promise<void>
  /** The server forgets a refresh token, too. */
  killRefresh?(token: Token): Promise<void>
  /** What a dead refresh token leads to. */
  readonly onDeadRefresh?: 'log-in' | 'sign-in'
  stop(): Promise<void>
}
