import { http } from 'msw'
import type { EmulationOptions } from './emulation/emulation-options.ts'
import { createEmulationWith, type Emulation } from './emulation/mocked-emulation.ts'
import { createScriptedTokenServerWith, type ScriptedTokenServer, type ScriptedTokenServerOptions } from './scripted-token-server.ts'

// Bundlers and browsers look up all imports before anything runs: there, msw has to be installed.
const readHttp = (): typeof http => http

/**
 * Emulates the four APIs behind msw handlers: token endpoints, and the cameras, shows, movies and cities behind them.
 * State is in memory and belongs to this emulation alone.
 *
 * @example
 * const emulation = createEmulation({ lifetimeMs: 2_000 })
 * const server = setupServer(...emulation.handlers)
 * server.listen({ onUnhandledFrame: 'error' })
 * const tokens = new TokenManager(cam2(emulation.credentials.cam2))
 * emulation.revoke('cam2')
 */
export function createEmulation(options?: EmulationOptions): Emulation {
  return createEmulationWith(readHttp, options)
}

/**
 * A token endpoint that answers by a script, for tests of code that uses tokens. It checks nothing: the test looks at
 * `requests`.
 *
 * @example
 * const server = createScriptedTokenServer({ replies: [{ access_token: 'a', expires_in: 60 }, new Response(null, { status: 503 })] })
 * const tokens = new TokenManager({ ...oauth2({ tokenUrl: server.tokenUrl, … }), fetch: server.fetch })
 */
export function createScriptedTokenServer(options?: ScriptedTokenServerOptions): ScriptedTokenServer {
  return createScriptedTokenServerWith(readHttp, options)
}
