import { type Cam2Credentials, cam2 } from './cam2-handlers.ts'
import { type CamdramCredentials, camdram } from './camdram-handlers.ts'
import { type DiveCredentials, dive } from './dive-handlers.ts'
import { type MusementCredentials, musement } from './musement-handlers.ts'

/** The systems that are emulated: the one place where they are listed. */
export const systems = [cam2, camdram, dive, musement] as const

/** The name of an emulated system. */
export type SystemName = (typeof systems)[number]['name']

/** Credentials that the emulation accepts. Each entry can be spread into its preset; a `redirectUri` is for the sign-in. */
export interface EmulatedCredentials extends Cam2Credentials, CamdramCredentials, DiveCredentials, MusementCredentials {}
