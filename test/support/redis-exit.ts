// A script that uses tokens and ends: nothing of the store may keep it alive, though it disposes of nothing.
import { clientCredentials, oauth2, TokenManager } from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import { redisClientKinds } from './redis-clients.ts'

const [ports = '', origin = ''] = process.argv.slice(2)
const tokens = redisClientKinds.map(async ([kind, create]) => {
  const { client, connect, close } = create(JSON.parse(ports))
  await connect()
  const base = { clientId: kind, clientSecret: 'secret' }
  const preset = oauth2({ tokenUrl: `${origin}/token`, apiUrl: origin, ...base, grant: clientCredentials(base) })
  const { accessToken } = await new TokenManager({ ...preset, store: redisStore(client) }).getToken()
  // Most listen by then; one is closed while it is about to.
  if (kind !== 'redis 6') await new Promise((resolve) => setTimeout(resolve, 200))
  await close()
  return [kind, accessToken]
})
console.log(JSON.stringify(Object.fromEntries(await Promise.all(tokens))))
