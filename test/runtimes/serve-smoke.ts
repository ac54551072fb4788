import type { TestProject } from 'vitest/node'
import { findDeadUrl, startSmokeServer } from './smoke-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    smokeUrl: string
    deadUrl: string
  }
}

/** Serves the smoke server to tests that run in a browser. */
export default async function serveSmoke(project: TestProject) {
  const server = await startSmokeServer()
  project.provide('smokeUrl', server.url)
  project.provide('deadUrl', await findDeadUrl())
  return server.close
}
