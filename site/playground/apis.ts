import { cam2, camdram, dive, musement, type TokenManagerOptions } from 'tokenwell'
import type { EmulationControl } from '../../src/testing/emulation/create-emulation.ts'
import type { SystemName } from '../../src/testing/emulation/systems.ts'

export type Connection = Pick<TokenManagerOptions, 'provider' | 'grant'>

/** One of the four systems, as the page uses it. */
export interface EmulatedApi {
  readonly title: string
  /** What is odd about it, in a sentence or two. */
  readonly about: string
  /** The call, below the base URL. */
  readonly path: string
  /** The options of the preset, as the page shows them. */
  readonly shown: string
  readonly connect: (emulation: EmulationControl) => Connection
}

const application = 'playground'

export const emulatedApis: Readonly<Record<SystemName, EmulatedApi>> = {
  cam2: {
    title: 'CAM2',
    about: 'Cameras. A token is renewed by presenting the token itself. It travels as JWT, not Bearer, and a dead one is answered 403.',
    path: '/cameras.json?country=JP',
    shown: "{ clientId, clientSecret, encoding: 'json' }",
    connect: ({ credentials, baseUrls }) => cam2({ ...credentials.cam2, encoding: 'json', baseUrl: baseUrls.cam2 }),
  },
  camdram: {
    title: 'Camdram',
    about: 'Shows. Standard OAuth 2 with JSON. Without a person there is no refresh token, so each renewal asks with the secret.',
    path: '/auth/account/shows.json',
    shown: '{ clientId, clientSecret }',
    connect: ({ credentials, baseUrls }) => camdram({ ...credentials.camdram, baseUrl: baseUrls.camdram }),
  },
  dive: {
    title: 'Dive',
    about: 'Movies. A grant of its own, the bare key behind Basic, a password that is sent as its MD5, and refresh tokens.',
    path: '/movies?size=2',
    shown: '{ clientKey, username, password }',
    connect: ({ credentials, baseUrls }) => dive({ ...credentials.diveUser, baseUrl: baseUrls.dive }),
  },
  musement: {
    title: 'Musement',
    about: 'Cities. A customer logs in with a password. Refresh tokens rotate: each one works once.',
    path: '/cities?limit=2',
    shown: "{ method: 'POST', clientId, clientSecret, username, password, application }",
    connect: ({ credentials, baseUrls }) =>
      musement({ ...credentials.musementUser, method: 'POST', baseUrl: baseUrls.musement, application }),
  },
}
