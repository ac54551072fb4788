import type { Subject, SubjectOptions } from '../subject.ts'

/**
 * What a careful developer writes in an hour: one token for all callers, renewed early and in the background, one
 * replay after a 401 unless somebody else has renewed already. No origin policy, no deadline, no retry, no back-off,
 * plain-object headers and bodies that can be sent twice only.
 */
export function createMinimum({ tokenUrl, clientId, clientSecret, fetch }: Omit<SubjectOptions, 'apiUrl'>) {
  let authorization = ''
  let renewAt = 0
  let expiresAt = 0
  let flight: Promise<void> | undefined

  const ask = async () => {
    const startedAt = Date.now()
    const response = await fetch(tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    if (!response.ok) throw new Error(`The token endpoint answered ${response.status}`)
    const token = (await response.json()) as { access_token: string; expires_in: number }
    authorization = `Bearer ${token.access_token}`
    renewAt = startedAt + token.expires_in * 750
    expiresAt = startedAt + token.expires_in * 950
  }
  const renew = () => {
    flight ??= ask().finally(() => {
      flight = undefined
    })
    return flight
  }

  return async (url: string, init?: RequestInit): Promise<Response> => {
    const now = Date.now()
    if (now >= expiresAt) await renew()
    else if (now >= renewAt) renew().catch(() => {})
    const used = authorization
    const response = await fetch(url, { ...init, headers: { ...(init?.headers as object), authorization } })
    if (response.status !== 401) return response
    if (authorization === used) await renew()
    return fetch(url, { ...init, headers: { ...(init?.headers as object), authorization } })
  }
}

export const subject: Subject = {
  create: (options) => ({ call: createMinimum(options) }),
}
