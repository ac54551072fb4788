import { setupServer } from 'msw/node'
import { onTestFinished } from 'vitest'
import { createEmulation, type Emulation, type EmulationOptions } from '../../../../src/testing.ts'

/** An emulation whose handlers answer `fetch` until the test has finished. */
export function useEmulation(options?: EmulationOptions): Emulation {
  const emulation = createEmulation(options)
  const server = setupServer(...emulation.handlers)
  server.listen({ onUnhandledFrame: 'error' })
  onTestFinished(() => server.close())
  return emulation
}

/** `fetch` with a form as its body, as `curl -d` sends it. */
export const postForm = (url: string, fields: Record<string, string>, init?: RequestInit): Promise<Response> =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', ...init })

export const postJson = (url: string, fields: unknown, init?: RequestInit): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify(fields),
    redirect: 'manual',
    ...init,
    headers: { 'content-type': 'application/json', ...init?.headers },
  })

/** The claims of a JWT. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}
