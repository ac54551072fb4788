/** A token as callers get it: plain, frozen, serialisable. */
export interface Token {
  readonly accessToken: string
  /** The reply's word for the type (`bearer`, `JWT`, …), else the provider's `scheme` or `Bearer`. Not the scheme that is sent. */
  readonly tokenType: string
  /** When it was asked for, ms since the epoch. */
  readonly issuedAt: number
  /** ms since the epoch; `undefined` only where the provider says that its tokens never expire. */
  readonly expiresAt: number | undefined
  readonly refreshToken?: string
  /** Until when it can be renewed without the original grant, ms since the epoch. */
  readonly refreshableUntil?: number
  readonly scope?: readonly string[]
  /** Where the reply says that the API is, within the provider's `apiOrigins`. */
  readonly apiUrl?: string
  /** The fields of the reply that the provider names in `tokenResponse.extra`. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** The longest access token that is accepted, in characters. */
export const maxTokenLength = 16_384

/** Whether a string can be sent as a token: visible ASCII (a CR or LF would inject headers), at most 16 KiB. */
export function isUsableTokenText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxTokenLength && /^[\x21-\x7e]+$/.test(value)
}
