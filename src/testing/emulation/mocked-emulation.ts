import type { HttpHandler } from 'msw'
import { type ReadHttp, toHandler } from '../msw-handlers.ts'
import { type EmulationControl, emulateSystems } from './create-emulation.ts'
import type { EmulationOptions } from './emulation-options.ts'

/** The four systems as handlers for msw, and what they can be told. */
export interface Emulation extends EmulationControl {
  /** For msw: `setupServer(...emulation.handlers)`. Reading them is what needs the package `msw`. */
  readonly handlers: HttpHandler[]
}

/** Adds msw handlers to an emulation. They are made when they are first read. */
export function createEmulationWith(readHttp: ReadHttp, options: EmulationOptions = {}): Emulation {
  const { routes, ...emulation } = emulateSystems(options)
  let handlers: HttpHandler[] | undefined
  return {
    ...emulation,
    get handlers() {
      handlers ??= routes.map((route) => toHandler(readHttp(), route))
      return handlers
    },
  }
}
