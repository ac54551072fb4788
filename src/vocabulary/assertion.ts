import type { Provider } from './provider.ts'

/** What an assertion is signed for. */
export interface AssertionRequest {
  /** How the authorization server knows itself: see {@link audienceOf}. */
  readonly audience: string
  /** ms since the epoch, by the manager's clock. */
  readonly now: number
}

/** A secret parameter that is signed anew for each attempt. The functions of a caller get nothing; one that we make gets this. */
export interface Assertion {
  (request: AssertionRequest): Promise<string>
  readonly isAssertion: true
}

/** The issuer, where the provider names it, else the token endpoint: RFC 7523 §3 allows both. */
export function audienceOf({ issuer, tokenUrl }: Provider): string {
  return issuer ?? tokenUrl
}
