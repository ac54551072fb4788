import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'

const client = new OAuth2Client({ tokenEndpoint: TOKEN_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET })
const wrapper = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials() })
const response = await wrapper.fetch(API_URL)
console.log(response.status)
