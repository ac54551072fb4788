import ky from 'ky'

let authorization = ''
let expiresAt = 0

async function ask() {
  const token = await ky
    .post(TOKEN_URL, {
      headers: { authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    .json<{ access_token: string; expires_in: number }>()
  authorization = `Bearer ${token.access_token}`
  expiresAt = Date.now() + token.expires_in * 1000
}
const api = ky.create({
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
        return ky.retry({ request: new Request(request, { headers }), delay: 0 })
      },
    ],
  },
})
const response = await api(API_URL)
console.log(response.status)
