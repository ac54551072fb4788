// Lists cameras of CAM2. `npm run example:cameras` runs it against the emulator; with CAM2_BASE_URL, CAM2_CLIENT_ID
// and CAM2_CLIENT_SECRET in the environment, against a real server.
import { cam2, TokenManager } from 'tokenwell'
import { startEmulator } from 'tokenwell/emulator'
import { readRows } from './pages.ts'

interface Camera {
  camera_id: number
  city: string
  country: string
}

const { CAM2_BASE_URL, CAM2_CLIENT_ID = '', CAM2_CLIENT_SECRET = '' } = process.env
const emulator = CAM2_BASE_URL ? undefined : await startEmulator({ systems: ['cam2'], flavour: 'real' })
const baseUrl = CAM2_BASE_URL ?? emulator?.baseUrls.cam2 ?? ''
const credentials = emulator?.credentials.cam2 ?? { clientId: CAM2_CLIENT_ID, clientSecret: CAM2_CLIENT_SECRET }

// This is all there is to it. `tokens.fetch` is `fetch`, with a token that is got once and renewed in time.
const tokens = new TokenManager(cam2({ baseUrl, ...credentials }))
const cameras = readRows<Camera>(tokens.fetch, `${baseUrl}/cameras.json?country=JP`)

for await (const { camera_id, city, country } of cameras) console.log(`${camera_id}  ${city}, ${country}`)

tokens.dispose()
await emulator?.close()
