// Lists cities of Musement, page by page. `npm run example:cities` runs it against the emulator; with MUSEMENT_BASE_URL,
// MUSEMENT_CLIENT_ID and MUSEMENT_CLIENT_SECRET in the environment, against the real API.
import { musement, TokenManager } from 'tokenwell'
import { startEmulator } from 'tokenwell/emulator'
import { createClient } from 'tokenwell/ky'
import { readRows } from './pages.ts'

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

for await (const { name, country } of readRows<City>(api, `${baseUrl}/cities?limit=20`)) console.log(`${name}, ${country.name}`)

tokens.dispose()
await emulator?.close()
