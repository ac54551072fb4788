import type { Attributes } from '@opentelemetry/api'
import type { TimedStep } from '../base/events.ts'
import { standardWords } from '../base/standard-words.ts'
import type { TokenManager } from '../manager/token-manager.ts'

/** What tells managers apart: how they were set up, and not for whom. */
export function describeManager(manager: TokenManager): Attributes {
  const { provider, grant } = manager.explain()
  return { 'tokenwell.provider': provider, 'tokenwell.grant': grant }
}

/** Where a request goes, as the conventions for HTTP say. */
export function describeServer(url: string | undefined): Attributes {
  if (url === undefined) return {}
  const { protocol, hostname, port } = new URL(url)
  return { 'server.address': hostname, 'server.port': Number(port || (protocol === 'http:' ? 80 : 443)) }
}

/** The origin of the API, where all calls go to one. */
export function apiOriginOf(manager: TokenManager): string | undefined {
  const { origins, apiUrl } = manager.explain()
  const { origin } = new URL(apiUrl)
  return origins.every((one) => one === origin) ? origin : undefined
}

/** Why a step came to nothing. */
export function describeFailure(failure: TimedStep['failure']): Attributes {
  if (failure === undefined) return {}
  if (failure === 'interrupted') return { 'error.type': failure }
  const { status } = failure
  return { ...describeError(failure), ...(status !== undefined && { 'http.response.status_code': status }) }
}

/** The server's word, where it is one of the protocol's, else our code: a word of its own may name a user, or have no end of others. */
export function describeError({ error, code }: { readonly error?: string | undefined; readonly code: string }): Attributes {
  return { 'error.type': error !== undefined && standardWords.includes(error) ? error : code }
}

/** Joins the listeners of a manager: one function stops them all. */
export function stopAll(stops: readonly (() => void)[]): () => void {
  return () => {
    for (const stop of stops) stop()
  }
}
