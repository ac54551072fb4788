import { type Browser, chromium, firefox } from 'playwright'
import { inject } from 'vitest'
import { browserPaths, type Engine, engines, launchOptions } from './engines.ts'
import type { PageBrowser } from './page-browser.ts'
import { pagesOf } from './playwright-browser.ts'
import { startWebKit } from './webkit-browser.ts'

const types = { chromium, firefox }

/** The browser of this project with a profile of its own, else one that is started now. Closing it closes the profile. */
export function launch(engine: keyof typeof types): Promise<Browser> {
  const endpoint = inject('browserEndpoint') as string | undefined
  return endpoint ? types[engine].connect(endpoint) : types[engine].launch(launchOptions[engine])
}

const starters: Readonly<Record<Engine, () => Promise<PageBrowser>>> = {
  chromium: async () => pagesOf(await launch('chromium')),
  firefox: async () => pagesOf(await launch('firefox')),
  webkit: () => startWebKit(browserPaths.webkit),
}

// In a project that is not for one of them, a test is for all.
const engine = inject('engine') as Engine | undefined

/** The browsers to test with. */
export const browsers = engines.filter((name) => !engine || name === engine).map((name) => ({ name, start: starters[name] }))
