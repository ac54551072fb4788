import { defineProvider, refreshToken, TokenManager } from 'tokenwell'

/**
 * GraphQL behind an OAuth server (Apollo Server's error codes).
 *
 * Odd: a dead token is a 200 with `errors`. Every call is a POST: it is sent again only because the server answers so before it runs
 * anything. Where yours runs some fields first, leave out `notApplied`.
 * Facts: https://www.apollographql.com/docs/apollo-server/data/errors
 */
export const graphql = defineProvider({
  name: 'graphql',
  apiUrl: 'https://api.example/graphql',
  tokenUrl: 'https://auth.example/oauth/token',
  isRejection: { status: 200, path: 'errors.*.extensions.code', is: 'UNAUTHENTICATED', notApplied: true },
})

export const grant = (app: { clientId: string; clientSecret: string; refreshToken: string }) => refreshToken(app)

export async function example(): Promise<unknown> {
  const { GRAPHQL_ID = '', GRAPHQL_SECRET = '', GRAPHQL_REFRESH_TOKEN = '' } = process.env
  const app = { clientId: GRAPHQL_ID, clientSecret: GRAPHQL_SECRET, refreshToken: GRAPHQL_REFRESH_TOKEN }
  const tokens = new TokenManager({ provider: graphql, grant: grant(app) })
  const headers = { 'content-type': 'application/json' }
  const response = await tokens.fetch(graphql.apiUrl, { method: 'POST', headers, body: JSON.stringify({ query: '{ me { name } }' }) })
  return response.json()
}
