// A script that uses a token and ends: nothing of the store may keep it alive, though it disposes of nothing.
import { createClient } from 'redis'
import { clientCredentials, oauth2, TokenManager } from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'

const [redisUrl = '', origin = ''] = process.argv.slice(2)
const client = createClient({ url: redisUrl })
await client.connect()
const base = { clientId: 'machine', clientSecret: 'secret' }
const tokens = new TokenManager({
  ...oauth2({ tokenUrl: `${origin}/token`, apiUrl: origin, ...base, grant: clientCredentials(base) }),
  store: redisStore(client),
})
console.log((await tokens.getToken()).accessToken)
await client.close()
