import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'
import type { Subject } from '../subject.ts'

/** `OAuth2Fetch.fetch` itself, but for the fetch below it: it insists on the global one, so its two lines stand here. */
export const subject: Subject = {
  takesRequests: true,
  create({ tokenUrl, clientId, clientSecret, fetch }) {
    const client = new OAuth2Client({ tokenEndpoint: tokenUrl, clientId, clientSecret, fetch })
    const wrapper = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials() })
    return {
      call: async (input, init) => {
        const request = new Request(input, init)
        return wrapper.mw()(request, (authenticated) => fetch(authenticated))
      },
    }
  },
}
