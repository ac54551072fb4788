import { type BrowserServer, chromium, firefox } from 'playwright'
import type { TestProject } from 'vitest/node'
import { type Engine, launchOptions } from './engines.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine that this project is for. */
    engine: Engine
    /** Where its browser listens, for Playwright. WebKitGTK has none: each test file starts its own, which takes no time. */
    browserEndpoint: string
  }
}

const types = { chromium, firefox }

/** Starts the browser of a project once for all of its files, in each of which it has a profile of its own. */
export default async function serveBrowser(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { engine } = project.getProvidedContext()
  if (engine === 'webkit') return undefined
  const server: BrowserServer = await types[engine].launchServer(launchOptions[engine])
  project.provide('browserEndpoint', server.wsEndpoint())
  return () => server.close()
}
