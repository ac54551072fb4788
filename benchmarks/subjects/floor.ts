import { type Subject, staticToken } from '../subject.ts'

const authorization = `Bearer ${staticToken}`
const getInit = { headers: { authorization } }

/** What `fetch` itself costs: a token that is known from the start, and nothing that looks after it. */
export const subject: Subject = {
  create: ({ fetch }) => ({
    call: (url, init) => fetch(url, init === undefined ? getInit : { ...init, headers: { ...(init.headers as object), authorization } }),
  }),
}
