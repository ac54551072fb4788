import { existsSync } from 'node:fs'
import type { LaunchOptions } from 'playwright'

export type Engine = 'chromium' | 'firefox' | 'webkit'

/** Where Debian has them. */
export const browserPaths: Readonly<Record<Engine, string>> = {
  chromium: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  firefox: process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr',
  webkit: process.env['WEBKIT_DRIVER'] ?? '/usr/bin/WebKitWebDriver',
}

/** What Playwright starts them with. */
export const launchOptions: Readonly<Record<'chromium' | 'firefox', LaunchOptions>> = {
  // Renderers for each tab, as users have them.
  chromium: { executablePath: browserPaths.chromium, args: ['--no-sandbox', '--disable-gpu', '--process-per-tab'] },
  firefox: {
    channel: 'moz-firefox',
    executablePath: browserPaths.firefox,
    // Without a graphics card, what moves in each frame keeps a core busy.
    firefoxUserPrefs: { 'ui.prefersReducedMotion': 1 },
  },
}

const wanted = process.env['BROWSERS']?.split(',').filter(Boolean)

/** BROWSERS=chromium,firefox,webkit makes them mandatory; without it, those that are not on the machine are skipped. */
export const engines = (Object.keys(browserPaths) as Engine[]).filter((name) =>
  wanted ? wanted.includes(name) : existsSync(browserPaths[name]),
)
