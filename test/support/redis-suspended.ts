// Holds a lock until it is told to go on, then looks at the record and writes its own: says what came of it.
import { once } from 'node:events'
import { createClient } from 'redis'
import { redisStore } from '../../src/stores/redis/redis-store.ts'

const [url = '', record = ''] = process.argv.slice(2)
const client = createClient({ url })
client.on('error', () => {})
await client.connect()
const store = redisStore(client)
await store.lock?.(
  'k',
  async () => {
    await store.get('k')
    console.log('held')
    await once(process.stdin, 'data')
    await store.get('k')
    await store.set('k', JSON.parse(record)).then(
      () => console.log('written'),
      (error: Error) => console.log(error.message),
    )
  },
  { waitMs: 5_000 },
)
await client.close()
process.exit()
