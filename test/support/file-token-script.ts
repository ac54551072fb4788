// A script as a user writes it: gets a token, prints what it was given, and ends.
import { oauth2, TokenManager } from '../../src/index.ts'
import { fileStore } from '../../src/node.ts'

const tokenUrl = process.argv[2] as string
const tokens = new TokenManager({
  ...oauth2({ tokenUrl, apiUrl: new URL('/', tokenUrl).href, clientId: 'app', clientSecret: 'not-so-secret' }),
  store: fileStore(),
})
console.log((await tokens.getToken()).accessToken)
