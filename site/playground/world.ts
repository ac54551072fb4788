import { defineProvider, type Provider, password } from 'tokenwell'
import { emulateSystems } from '../../src/testing/emulation/create-emulation.ts'
import type { SystemName } from '../../src/testing/emulation/systems.ts'
import { type Connection, emulatedApis } from './apis.ts'
import { type CameraApi, cameraAccount, createCameraApi } from './camera-api.ts'
import { createNetwork, type Network } from './network.ts'

/** The APIs of the page: `own` is the reader's, who writes its provider. */
export const apiIds = ['cam2', 'camdram', 'dive', 'musement', 'own'] as const
export type ApiId = (typeof apiIds)[number]

/** One API behind the network, as a manager connects to it. */
export interface ConnectedApi {
  readonly connection: Connection
  /** What is called. */
  readonly url: string
}

/** All servers, and the network before them. */
export interface World {
  readonly network: Network
  connect(id: SystemName): ConnectedApi
  connectOwn(provider: Provider): ConnectedApi
  /** Makes the access tokens of one API worthless. */
  revoke(id: ApiId): void
  /** How long tokens live that are issued from now on, ms. */
  setLifetime(lifetimeMs: number): void
  /** What the API was asked so far, live. */
  countersOf(id: ApiId): CameraApi['counters']
}

export function createWorld(lifetimeMs: number, latencyMs: number): World {
  const emulation = emulateSystems({ flavour: 'real', lifetimeMs })
  const cameras = createCameraApi(lifetimeMs)
  return {
    network: createNetwork([...emulation.routes, ...cameras.routes], latencyMs),
    connect: (id) => ({ connection: emulatedApis[id].connect(emulation), url: emulation.baseUrls[id] + emulatedApis[id].path }),
    connectOwn: (provider) => ({
      connection: { provider: defineProvider(provider), grant: password(cameraAccount) },
      url: `${provider.apiUrl.replace(/\/$/, '')}/cameras`,
    }),
    revoke: (id) => void (id === 'own' ? cameras.revoke() : emulation.revoke(id)),
    setLifetime(ms) {
      emulation.setTimes({ lifetimeMs: ms })
      cameras.lifetimeMs = ms
    },
    countersOf: (id) => (id === 'own' ? cameras.counters : emulation.counters[id]),
  }
}
