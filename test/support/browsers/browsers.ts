import { existsSync } from 'node:fs'
import { chromium, firefox } from 'playwright'
import type { PageBrowser } from './page-browser.ts'
import { pagesOf } from './playwright-browser.ts'
import { startWebKit } from './webkit-browser.ts'

const paths = {
  chromium: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  firefox: process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr',
  webkit: process.env['WEBKIT_DRIVER'] ?? '/usr/bin/WebKitWebDriver',
}

const starters: Record<keyof typeof paths, () => Promise<PageBrowser>> = {
  chromium: async () => {
    // Without the switches of vitest.config.ts: renderers for each tab, as users have them.
    const args = ['--no-sandbox', '--disable-gpu', '--process-per-tab']
    return pagesOf(await chromium.launch({ executablePath: paths.chromium, args }))
  },
  firefox: async () => pagesOf(await firefox.launch({ channel: 'moz-firefox', executablePath: paths.firefox } as object)),
  webkit: () => startWebKit(paths.webkit),
}

const wanted = process.env['BROWSERS']?.split(',').filter(Boolean)

/** The browsers to test with: those of BROWSERS, else those that are on the machine. */
export const browsers = (Object.keys(starters) as (keyof typeof paths)[])
  .filter((name) => (wanted ? wanted.includes(name) : existsSync(paths[name])))
  .map((name) => ({ name, start: starters[name] }))
