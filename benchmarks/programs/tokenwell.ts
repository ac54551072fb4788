import { oauth2, TokenManager } from 'tokenwell'

const tokens = new TokenManager(oauth2({ tokenUrl: TOKEN_URL, apiUrl: API_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }))
const response = await tokens.fetch(API_URL)
console.log(response.status)
