import { createRequire } from 'node:module'
import type { http } from 'msw'
import type { EmulationOptions } from './emulation/emulation-options.ts'
import { createEmulationWith, type Emulation } from './emulation/mocked-emulation.ts'
import { createScriptedTokenServerWith, type ScriptedTokenServer, type ScriptedTokenServerOptions } from './scripted-token-server.ts'

/** As in `with-msw.ts`. */
export function createEmulation(options?: EmulationOptions): Emulation {
  return createEmulationWith(requireHttp, options)
}

/** As in `with-msw.ts`. */
export function createScriptedTokenServer(options?: ScriptedTokenServerOptions): ScriptedTokenServer {
  return createScriptedTokenServerWith(requireHttp, options)
}

// A static import of a package that is missing fails all of the subpath, and a dynamic one cannot be used in a getter.
function requireHttp(): typeof http {
  try {
    return createRequire(import.meta.url)('msw').http
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw error
    throw new Error('Handlers need the package msw: npm install --save-dev msw', { cause: error })
  }
}
