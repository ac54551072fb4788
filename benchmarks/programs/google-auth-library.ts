import { UserRefreshClient } from 'google-auth-library'

const client = new UserRefreshClient({
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  refreshToken: 'refresh-token',
  endpoints: { oauth2TokenUrl: TOKEN_URL },
})
const response = await client.fetch(API_URL)
console.log(response.status)
