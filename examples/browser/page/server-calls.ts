import type { Disturbance, PageConfig, SessionState } from '../shared/messages.ts'

/** The page's own server, beside the proxy. */
export const loadConfig = (): Promise<PageConfig> => ask('/config.json')
/** Who is signed in on the server. Begins a session where there is none. */
export const loadSession = (): Promise<SessionState> => ask('/session')
export const beginSignIn = (): Promise<{ url: string }> => post('/session/sign-in')
export const signOut = (): Promise<unknown> => post('/session/sign-out')
export const disturb = (disturbance: Disturbance): Promise<unknown> => post('/disturb', JSON.stringify(disturbance))

// The header keeps other sites' forms out: they cannot send it.
const post = <T>(path: string, body?: string): Promise<T> =>
  ask(path, { method: 'POST', headers: { 'x-tokenwell': '1' }, ...(body !== undefined && { body }) })

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init)
  const answer = (await response.json()) as T & { message?: string }
  if (!response.ok) throw new Error(answer.message ?? `The server answered ${response.status}`)
  return answer
}
