import { UserRefreshClient } from 'google-auth-library'
import type { Subject } from '../subject.ts'

/**
 * It has no client credentials for other servers than Google's. The nearest is its refresh-token client with another
 * token endpoint: the same cache, transport and renewal. `forceRefreshOnFailure` makes it replay after a 401. Of a `Request`
 * it takes URL and headers alone, and sends a GET.
 */
export const subject: Subject = {
  create({ tokenUrl, clientId, clientSecret, fetch }) {
    const client = new UserRefreshClient({
      clientId,
      clientSecret,
      refreshToken: 'refresh-token',
      endpoints: { oauth2TokenUrl: tokenUrl },
      forceRefreshOnFailure: true,
      transporterOptions: { fetchImplementation: fetch },
    })
    return { call: (url, init) => client.fetch(url as string, init) as Promise<Response> }
  },
}
