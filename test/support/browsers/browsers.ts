import { existsSync } from 'node:fs'
import { chromium, firefox } from 'playwright'
import { inject } from 'vitest'
import type { PageBrowser } from './page-browser.ts'
import { pagesOf } from './playwright-browser.ts'
import { startWebKit } from './webkit-browser.ts'

const paths = {
  chromium: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  firefox: process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr',
  webkit: process.env['WEBKIT_DRIVER'] ?? '/usr/bin/WebKitWebDriver',
}

type Engine = keyof typeof paths

const starters: Record<Engine, () => Promise<PageBrowser>> = {
  chromium: async () => {
    // Without the switches of vitest.config.ts: renderers for each tab, as users have them.
    const args = ['--no-sandbox', '--disable-gpu', '--process-per-tab']
    return pagesOf(await chromium.launch({ executablePath: paths.chromium, args }))
  },
  firefox: async () =>
    pagesOf(
      await firefox.launch({
        channel: 'moz-firefox',
        executablePath: paths.firefox,
        firefoxUserPrefs: { 'ui.prefersReducedMotion': 1 },
      } as object),
    ),
  webkit: () => startWebKit(paths.webkit),
}

const wanted = process.env['BROWSERS']?.split(',').filter(Boolean)
const names = (Object.keys(starters) as Engine[]).filter((name) => (wanted ? wanted.includes(name) : existsSync(paths[name])))

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine that this project is for. Without one a test is for all of them. */
    engine: Engine
  }
}

// Undefined where no project provides it.
const engine = inject('engine') as Engine | undefined

/** The browsers to test with: those of BROWSERS, else those that are on the machine; of these the one of this project. */
export const browsers = names.filter((name) => !engine || name === engine).map((name) => ({ name, start: starters[name] }))
