import type { HeldToken } from './held-token.ts'
import type { RenewalResult } from './renewal-request.ts'
import type { Token } from './token.ts'

/** What a flight brings to those who wait: it never rejects. */
export type Landing =
  | { readonly is: 'held'; readonly held: HeldToken }
  /** A token that was granted all the same is held by nobody. */
  | { readonly is: 'cleared'; readonly granted?: Token | undefined }
  | { readonly is: 'postponed' }
  | { readonly is: 'failed'; readonly error: unknown }

/** The token that a renewal was granted, whether it is held or not. */
export function grantedBy(result: RenewalResult | { readonly is: 'failed' }): Token | undefined {
  if (result.is === 'renewed') return result.held.token
  return result.is === 'cleared' && 'granted' in result ? result.granted : undefined
}

/** The tokens that end, that of a flight which was cleared among them. One that it took the place of has ended by then, if its time is over. */
export function addGranted(ended: readonly Token[], landing: Landing | undefined, now: number): readonly Token[] {
  const granted = landing?.is === 'cleared' ? landing.granted : undefined
  if (!granted) return ended
  const isOther = ({ accessToken, expiresAt }: Token) =>
    accessToken !== granted.accessToken && !(expiresAt !== undefined && expiresAt <= now)
  return [...ended.filter(isOther), granted]
}
