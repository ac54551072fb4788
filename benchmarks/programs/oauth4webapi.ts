import {
  allowInsecureRequests,
  ClientSecretBasic,
  clientCredentialsGrantRequest,
  processClientCredentialsResponse,
  protectedResourceRequest,
} from 'oauth4webapi'

const server = { issuer: TOKEN_URL, token_endpoint: TOKEN_URL }
const client = { client_id: CLIENT_ID }
const options = { [allowInsecureRequests]: true }
const reply = await clientCredentialsGrantRequest(server, client, ClientSecretBasic(CLIENT_SECRET), {}, options)
const token = await processClientCredentialsResponse(server, client, reply)
const response = await protectedResourceRequest(token.access_token, 'GET', new URL(API_URL), undefined, undefined, options)
console.log(response.status)
