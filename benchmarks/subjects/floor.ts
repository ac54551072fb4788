import { type Subject, staticToken } from '../subject.ts'

const authorization = `Bearer ${staticToken}`
const getInit = { headers: { authorization } }

/** What `fetch` itself costs: a token that is known from the start, and nothing that looks after it. */
export const subject: Subject = {
  takesRequests: true,
  create: ({ fetch }) => ({
    call: (input, init) => {
      if (typeof input === 'string') {
        return fetch(input, init === undefined ? getInit : { ...init, headers: { ...(init.headers as object), authorization } })
      }
      // The caller's own request, which a caller of bare fetch can give its header.
      input.headers.set('authorization', authorization)
      return fetch(input)
    },
  }),
}
