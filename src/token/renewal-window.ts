import type { Token } from './token.ts'

/** When a token counts as aging and as expired, ms since the epoch. */
export interface RenewalWindow {
  readonly agingAt: number
  readonly expiredAt: number
}

/** Upper bounds of the window, for long-lived tokens. */
export interface RenewalWindowOptions {
  /** @default 300_000 */
  aheadMs?: number
  /** @default 10_000 */
  marginMs?: number
}

/**
 * A token is fresh until `expiresAt - aheadMs`, aging until `expiresAt - marginMs`, then expired. Both are capped by a share of
 * its lifetime (a quarter, a twentieth), so that a token of two seconds works as well as one of 9000. Up to 20 % is added to
 * the first at random, so that a fleet does not renew all at once.
 */
export function renewalWindow({ issuedAt, expiresAt }: Token, options: RenewalWindowOptions, random: number): RenewalWindow {
  if (expiresAt === undefined) return { agingAt: Infinity, expiredAt: Infinity }
  // A token is for one second at least: some servers say 0, and a request for each call would be a storm.
  const lifetimeMs = Math.max(expiresAt - issuedAt, 1_000)
  const end = issuedAt + lifetimeMs
  const aheadMs = Math.min(options.aheadMs ?? 300_000, lifetimeMs / 4) * (1 + random / 5)
  const marginMs = Math.min(options.marginMs ?? 10_000, lifetimeMs / 20)
  const expiredAt = Math.round(end - marginMs)
  return { agingAt: Math.min(Math.round(end - aheadMs), expiredAt), expiredAt }
}
