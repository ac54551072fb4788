// Lists cities of Musement, page by page. `npm run example:cities` runs it against the emulator; with MUSEMENT_BASE_URL,
// MUSEMENT_CLIENT_ID and MUSEMENT_CLIENT_SECRET in the environment, against the real API.
import { musement, TokenManager } from 'tokenwell'
import { startEmulator } from 'tokenwell/emulator'
import { createClient } from 'tokenwell/ky'

interface City {
  name: string
  country: { name: string }
}

const { MUSEMENT_BASE_URL, MUSEMENT_CLIENT_ID = '', MUSEMENT_CLIENT_SECRET = '' } = process.env
const emulator = MUSEMENT_BASE_URL ? undefined : await startEmulator({ systems: ['musement'], flavour: 'real' })
const baseUrl = MUSEMENT_BASE_URL ?? emulator?.baseUrls.musement ?? ''
const credentials = emulator?.credentials.musement ?? { clientId: MUSEMENT_CLIENT_ID, clientSecret: MUSEMENT_CLIENT_SECRET }

// By POST: a GET login would leave the client secret in access logs.
const tokens = new TokenManager(musement({ method: 'POST', baseUrl, ...credentials, application: 'tokenwell-example' }))
// A ky client: paths are joined to the API's URL, and what is not 2xx throws.
const api = createClient(tokens)

const limit = 20
for (let offset = 0; ; offset += limit) {
  const cities = await api.get('cities', { searchParams: { limit, offset } }).json<City[]>()
  for (const { name, country } of cities) console.log(`${name}, ${country.name}`)
  // The API says no total: a short page is the last one.
  if (cities.length < limit) break
}

tokens.dispose()
await emulator?.close()
