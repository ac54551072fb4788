import { cam2, camdram, dive, musement, type TokenManagerOptions } from '../../src/index.ts'
import type { Emulator, SystemName } from '../../src/testing/emulation/start-emulator.ts'
import { cannotStart } from './stop-error.ts'

type Connection = Pick<TokenManagerOptions, 'provider' | 'grant'>
type Environment = Readonly<Record<string, string | undefined>>

/** One of the four systems, as this program uses it. */
export interface System {
  readonly title: string
  /** What it lists, in the plural. */
  readonly items: string
  /** What is called in turn. */
  readonly paths: readonly string[]
  /** Texts that tell the items of a reply apart. */
  readonly itemsOf: (reply: unknown) => string[]
  readonly emulated: (emulator: Emulator) => Connection
  readonly real: (baseUrl: string, environment: Environment) => Connection
}

const application = 'tokenwell-main-job'

export const systems: Readonly<Record<SystemName, System>> = {
  cam2: {
    title: 'CAM2',
    items: 'cameras',
    paths: ['/cameras.json?country=JP', '/cameras.json?country=US', '/cameras.json?country=IT'],
    itemsOf: (reply) => readIds(reply, 'camera_id'),
    emulated: ({ credentials, baseUrls }) => cam2({ ...credentials.cam2, baseUrl: baseUrls.cam2 }),
    real: (baseUrl, environment) => cam2({ baseUrl, ...readClient(environment, 'CAM2') }),
  },
  camdram: {
    title: 'Camdram',
    items: 'shows',
    paths: ['/auth/account/shows.json', '/shows.json'],
    itemsOf: (reply) => readIds(reply, 'id'),
    emulated: ({ credentials, baseUrls }) => camdram({ ...credentials.camdram, baseUrl: baseUrls.camdram }),
    real: (baseUrl, environment) => camdram({ baseUrl, ...readClient(environment, 'CAMDRAM') }),
  },
  dive: {
    title: 'Dive',
    items: 'movies and channels',
    paths: ['/movies?size=100', '/channels?size=100'],
    itemsOf: (reply) => readIds((reply as { data?: unknown }).data ?? reply, 'movie_id', 'channel_id'),
    emulated: ({ credentials, baseUrls }) => dive({ ...credentials.diveUser, baseUrl: baseUrls.dive }),
    real(baseUrl, environment) {
      const clientKey = readVariable(environment, 'DIVE_CLIENT_KEY')
      if (environment['DIVE_DEVICE_ID']) return dive({ baseUrl, clientKey, deviceId: environment['DIVE_DEVICE_ID'] })
      const username = readVariable(environment, 'DIVE_USERNAME', 'DIVE_DEVICE_ID or DIVE_USERNAME')
      return dive({ baseUrl, clientKey, username, password: readVariable(environment, 'DIVE_PASSWORD') })
    },
  },
  musement: {
    title: 'Musement',
    items: 'cities',
    paths: ['/cities?limit=20&offset=0', '/cities?limit=20&offset=20'],
    itemsOf: (reply) => readIds(reply, 'id'),
    emulated: ({ credentials, baseUrls }) => musement({ ...credentials.musementUser, baseUrl: baseUrls.musement, application }),
    real(baseUrl, environment) {
      const client = readClient(environment, 'MUSEMENT')
      const named = environment['MUSEMENT_APPLICATION'] ? { application: environment['MUSEMENT_APPLICATION'] } : {}
      if (!environment['MUSEMENT_USERNAME']) return musement({ baseUrl, ...client, ...named })
      const user = { username: environment['MUSEMENT_USERNAME'], password: readVariable(environment, 'MUSEMENT_PASSWORD') }
      return musement({ baseUrl, ...client, ...user, ...named })
    },
  },
}

function readClient(environment: Environment, prefix: string): { clientId: string; clientSecret: string } {
  return {
    clientId: readVariable(environment, `${prefix}_CLIENT_ID`),
    clientSecret: readVariable(environment, `${prefix}_CLIENT_SECRET`),
  }
}

function readVariable(environment: Environment, name: string, shown = name): string {
  return environment[name] || cannotStart(`${shown} is not set: credentials for --base-url come from the environment (see --help)`)
}

function readIds(reply: unknown, ...names: readonly string[]): string[] {
  if (!Array.isArray(reply)) return []
  return reply.flatMap((item: Record<string, unknown>) =>
    names.flatMap((name) => (item[name] === undefined ? [] : `${name} ${item[name]}`)),
  )
}
