import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchOptions } from '../support/browsers/engines.ts'
import { filesOf } from './support/read-site.ts'
import { type ServedSite, serveSite } from './support/serve-site.ts'

const widths = [360, 768, 1440]
const tabs = 3
// So many pages of a kind differ in their words alone: the narrowest width shows what is too wide.
const alike = /^(reference|examples|decisions)\//

let site: ServedSite
let browser: Browser

beforeAll(async () => {
  site = await serveSite()
  browser = await chromium.launch(launchOptions.chromium)
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})

describe('every page in Chromium', () => {
  it(`has no error or warning in the console, and scrolls sideways at none of ${widths.join(', ')} px`, async () => {
    const pages = filesOf('**/*.html')
    const found: string[] = []
    const visit = async (): Promise<void> => {
      const page = await openTab(found)
      for (let path = pages.pop(); path !== undefined; path = pages.pop()) {
        await page.goto(`${site.url}/${path}`)
        await isRunning(page)
        found.push(
          ...(await widthsThatScroll(page, alike.test(path) ? [360] : widths)).map((width) => `${path} scrolls sideways at ${width} px`),
        )
      }
      await page.close()
    }
    expect(pages.length).toBeGreaterThan(100)
    await Promise.all(Array.from({ length: tabs }, visit))
    expect(found).toEqual([])
  })
})

describe('the sidebar', () => {
  it('leads from page to page without an error, wherever it leads', async () => {
    const errors: string[] = []
    const page = await openTab(errors)
    await page.goto(`${site.url}/renewal.html`)
    await isRunning(page)
    const count = await page.locator('.VPSidebar a[href]').count()
    for (let i = 0; i < count; i++) {
      const link = page.locator('.VPSidebar a[href]').nth(i)
      const path = new URL((await link.getAttribute('href')) ?? '', page.url()).pathname
      await link.evaluate((element) => (element as unknown as { click(): void }).click())
      await page.waitForFunction(`location.pathname === ${JSON.stringify(path)}`)
      await isRunning(page)
    }
    expect(count).toBeGreaterThan(20)
    expect(errors).toEqual([])
  })
})

describe('the search', () => {
  it('finds «rotating» in the page about renewal', async () => {
    const page = await openTab([])
    await page.goto(`${site.url}/overview.html`)
    await isRunning(page)
    await page.click('.VPNavBarSearch button')
    await page.fill('.VPLocalSearchBox input', 'rotating')
    const addresses = await resultsOf(page)
    expect(addresses.some((address) => address.startsWith('/renewal.html'))).toBe(true)
  })

  it('is reached and used by the keyboard alone', async () => {
    const page = await openTab([])
    await page.goto(`${site.url}/overview.html`)
    await isRunning(page)
    let presses = 0
    for (; presses < 10 && !(await page.evaluate(`document.activeElement.closest('.VPNavBarSearch') !== null`)); presses++) {
      await page.keyboard.press('Tab')
    }
    expect(presses).toBeLessThan(10)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.VPLocalSearchBox input:focus')
    await page.keyboard.type('lock_not_acquired')
    const addresses = await resultsOf(page)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForFunction(`!document.querySelector('.VPLocalSearchBox')`)
    expect(addresses).toContain(await page.evaluate('location.pathname + location.hash'))
  })

  it('lets go of the keyboard at Escape', async () => {
    const page = await openTab([])
    await page.goto(`${site.url}/overview.html`)
    await isRunning(page)
    await page.keyboard.press('Control+k')
    await page.waitForSelector('.VPLocalSearchBox input:focus')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.VPLocalSearchBox', { state: 'detached' })
  })
})

describe('the dark mode', () => {
  it.each(['light', 'dark'] as const)('begins %s, as the reader has set it', async (colorScheme) => {
    const page = await openTab([], colorScheme)
    await page.goto(`${site.url}/overview.html`)
    expect(await isDark(page)).toBe(colorScheme === 'dark')
  })

  it('is switched by a button, and stays so on the next page', async () => {
    const page = await openTab([], 'light')
    await page.goto(`${site.url}/overview.html`)
    await isRunning(page)
    await page.click('.VPNavBar .VPSwitchAppearance')
    expect(await isDark(page)).toBe(true)
    await page.goto(`${site.url}/errors.html`)
    expect(await isDark(page)).toBe(true)
  })
})

/** A tab of a profile of its own, which notes what goes wrong in it. */
async function openTab(problems: string[], colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const context = await browser.newContext({ colorScheme })
  const page = await context.newPage()
  // A reader who saves data: pages load nothing ahead, which a test of all of them would wait for.
  await page.addInitScript(`Object.defineProperty(navigator, 'connection', { value: { saveData: true } })`)
  page.on('pageerror', (error) => problems.push(`${page.url()} ${error.name}: ${error.message}`))
  page.on('requestfailed', (request) => problems.push(`${page.url()} could not load ${request.url()}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`${page.url()} ${message.text()}`)
  })
  return page
}

/** Waits until the page is more than its HTML. */
async function isRunning(page: Page): Promise<void> {
  await page.waitForFunction(`document.querySelector('#app')?.__vue_app__`)
}

async function widthsThatScroll(page: Page, tried: readonly number[]): Promise<number[]> {
  const found: number[] = []
  for (const width of tried) {
    await page.setViewportSize({ width, height: 800 })
    const scrollWidth = await page.evaluate<number>('document.documentElement.scrollWidth')
    if (scrollWidth > width) found.push(width)
  }
  return found
}

async function resultsOf(page: Page): Promise<string[]> {
  await page.waitForSelector('.VPLocalSearchBox .results a.result')
  return await page.evaluate<string[]>(
    `[...document.querySelectorAll('.VPLocalSearchBox .results a.result')].map((link) => link.getAttribute('href'))`,
  )
}

function isDark(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(`document.documentElement.classList.contains('dark')`)
}
