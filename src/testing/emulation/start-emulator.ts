import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { numberFrom, readFields } from '../../base/check.ts'
import { toNodeListener } from '../../node/to-node-listener.ts'
import { answerByRoutes } from '../route.ts'
import { type EmulationControl, emulateSystems } from './create-emulation.ts'
import { type EmulationOptions, emulationChecks } from './emulation-options.ts'
import { type SystemName, systems } from './systems.ts'

export type { EmulationControl } from './create-emulation.ts'
export type { Cam2Era, EmulatedTimes, Flavour, SystemCounters } from './emulated-system.ts'
export type { EmulationOptions, PerSystem } from './emulation-options.ts'
export type { Fault, FaultRule, FaultyEndpoint } from './faults.ts'
export type { EmulatedCredentials, SystemName } from './systems.ts'

/** Options of `startEmulator()`: those of an emulation, and the port. */
export interface EmulatorOptions extends Omit<EmulationOptions, 'baseUrls'> {
  /** @default 0, a free one */
  port?: number
}

/** A running emulator. What it can be told is described at `createEmulation`. */
export interface Emulator extends EmulationControl {
  /** Its origin, such as `http://127.0.0.1:43210`. */
  readonly url: string
  /** For the presets' `baseUrl`. */
  readonly baseUrls: Readonly<Record<SystemName, string>>
  /** Stops it, and cuts the connections that are open. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Serves the emulation of the four APIs over real HTTP, on 127.0.0.1 only. Each system has a path of its own on one
 * port.
 *
 * @example
 * const emulator = await startEmulator({ lifetimeMs: 2_000 })
 * const tokens = new TokenManager(cam2({ ...emulator.credentials.cam2, baseUrl: emulator.baseUrls.cam2 }))
 * const response = await tokens.fetch(`${emulator.baseUrls.cam2}/cameras.json`)
 * await emulator.close()
 * @throws ConfigurationError naming the option that is wrong or unknown
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  // Before anything is opened. Where the systems are is for the emulator to say.
  const { baseUrls: _, ...checks } = emulationChecks
  const { port = 0, ...asked } = readFields<EmulatorOptions>('options', options, { port: numberFrom(0, 65_535), ...checks })
  const server = createServer()
  const url = await listen(server, port)
  // The path of the real API comes below the system's own.
  const places = systems.map(({ name, baseUrl }) => [name, `${url}/${name}${new URL(baseUrl).pathname}`.replace(/\/$/, '')])
  const baseUrls = Object.fromEntries(places) as Record<SystemName, string>
  const { routes, ...emulation } = emulateSystems({ ...asked, baseUrls })
  const known = `${url}/`
  server.on(
    'request',
    toNodeListener(async (request) => {
      // Routes are bound to this origin. A request that names another one (`localhost`) means the same server.
      const { origin } = new URL(request.url)
      const asked = origin === url ? request : new Request(known + request.url.slice(origin.length + 1), request)
      return (await answerByRoutes(routes, asked)) ?? new Response('No emulated system at this path\n', { status: 404 })
    }),
  )
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { ...emulation, url, baseUrls, close, [Symbol.asyncDispose]: close }
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
