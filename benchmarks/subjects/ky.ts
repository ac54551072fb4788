import ky from 'ky'
import type { Subject } from '../subject.ts'

/** The hooks of ky's documentation, with the token kept in a variable; `delay: 0` spares it ky's back-off of a second. */
export const subject: Subject = {
  takesRequests: true,
  create({ tokenUrl, clientId, clientSecret, fetch }) {
    let authorization = ''
    let expiresAt = 0

    const ask = async () => {
      const token = await ky
        .post(tokenUrl, {
          fetch,
          headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        })
        .json<{ access_token: string; expires_in: number }>()
      authorization = `Bearer ${token.access_token}`
      expiresAt = Date.now() + token.expires_in * 1000
    }
    const api = ky.create({
      fetch,
      hooks: {
        beforeRequest: [
          async ({ request }) => {
            if (Date.now() >= expiresAt) await ask()
            request.headers.set('authorization', authorization)
          },
        ],
        afterResponse: [
          async ({ request, response, retryCount }) => {
            if (response.status !== 401 || retryCount > 0) return undefined
            await ask()
            const headers = new Headers(request.headers)
            headers.set('authorization', authorization)
            return ky.retry({ request: new Request(request, { headers }), delay: 0, code: 'TOKEN_REFRESHED' })
          },
        ],
      },
    })
    return { call: async (input, init) => api(input, init) }
  },
}
