import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Emulator, startEmulator } from 'tokenwell/emulator'
import { toNodeListener } from 'tokenwell/node'
import { Lane } from '../shared/lane.ts'
import type { PageConfig } from '../shared/messages.ts'
import { buildPage } from './build-page.ts'
import { Disturber, emulatedVictim } from './disturb.ts'
import type { ServerOptions } from './options.ts'
import { createApplications, createProxies } from './proxies.ts'
import { createRoutes } from './routes.ts'
import { Sessions } from './sessions.ts'
import { callbackPath, createCamdramSignIn } from './sign-in.ts'
import { startVisitorServer, type VisitorServer } from './visitor-server.ts'

/** The running example. */
export interface App {
  readonly url: string
  readonly emulator: Emulator
  readonly visitorServer: VisitorServer
  close(): Promise<void>
}

/** Starts the emulated APIs, the authorization server for the page, and the server of the page, all of them on 127.0.0.1. */
export async function startApp(options: ServerOptions): Promise<App> {
  const { lifetimeMs, pollMs, outageMs } = options
  const files = await buildPage()
  const server = createServer()
  const origin = await listen(server, options.port)
  const emulator = await startEmulator({ systems: ['musement', 'cam2', 'camdram'], flavour: 'real', lifetimeMs, latencyMs: 40 })
  emulator.credentials.camdramWebsite.redirectUri = `${origin}${callbackPath}`
  const visitorServer = await startVisitorServer({ origin, lifetimeMs })

  const config: PageConfig = { lifetimeMs, pollMs, outageMs, visitor: visitorServer.client }
  const sessions = new Sessions()
  const applications = createApplications(emulator)
  // The page holds its own token: the server only says what befalls it.
  const visitorLane = new Lane('visitor')
  const lanes = [applications.musement.lane, applications.cam2.lane, visitorLane]
  const disturber = new Disturber({
    victims: {
      musement: emulatedVictim(emulator, 'musement'),
      cam2: emulatedVictim(emulator, 'cam2'),
      camdram: emulatedVictim(emulator, 'camdram'),
      visitor: visitorServer,
    },
    lanes: (id) => (id === 'camdram' ? sessions.lanes() : lanes.filter((lane) => lane.id === id)),
    outageMs,
  })
  const proxies = createProxies(applications, { emulator, sessions })
  const camdram = createCamdramSignIn({ emulator, sessions, origin })
  server.on('request', toNodeListener(createRoutes({ origin, files, config, sessions, proxies, camdram, disturber, lanes })))

  const close = async (): Promise<void> => {
    sessions.endAll()
    disturber.close()
    for (const { tokens } of Object.values(applications)) tokens.dispose()
    await Promise.all([closeServer(server), emulator.close(), visitorServer.close()])
  }
  return { url: origin, emulator, visitorServer, close }
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
