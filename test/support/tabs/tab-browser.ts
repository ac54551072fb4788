import { existsSync } from 'node:fs'
import { chromium, firefox } from 'playwright'
import { WebDriverBrowser } from '../../../tools/webkitgtk-driver.ts'

/** Opens real tabs of one profile. */
export interface TabBrowser {
  /** Opens a page in a tab of its own; returns the function that closes the tab. */
  open(url: string): Promise<() => Promise<void>>
  close(): Promise<void>
}

const paths = {
  chromium: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  firefox: process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr',
  webkit: process.env['WEBKIT_DRIVER'] ?? '/usr/bin/WebKitWebDriver',
}

const starters: Record<keyof typeof paths, () => Promise<TabBrowser>> = {
  chromium: async () => {
    // Without the switches of vitest.config.ts: renderers for each tab, as users have them.
    const browser = await chromium.launch({ executablePath: paths.chromium, args: ['--no-sandbox', '--disable-gpu', '--process-per-tab'] })
    return tabsOf(browser)
  },
  firefox: async () => tabsOf(await firefox.launch({ channel: 'moz-firefox', executablePath: paths.firefox } as object)),
  webkit: async () => {
    const browser = new WebDriverBrowser(paths.webkit)
    await browser.start()
    return { open: (url) => browser.openWindow(url), close: () => browser.close() }
  },
}

async function tabsOf(browser: Awaited<ReturnType<typeof chromium.launch>>): Promise<TabBrowser> {
  const context = await browser.newContext()
  return {
    async open(url) {
      const page = await context.newPage()
      await page.goto(url)
      return () => page.close()
    },
    close: () => browser.close(),
  }
}

const wanted = process.env['BROWSERS']?.split(',').filter(Boolean)

/** The browsers to test with: those of BROWSERS, else those that are on the machine. */
export const tabBrowsers = (Object.keys(starters) as (keyof typeof paths)[])
  .filter((name) => (wanted ? wanted.includes(name) : existsSync(paths[name])))
  .map((name) => ({ name, start: starters[name] }))
