import type { Browser, Page } from 'playwright'
import type { BrowserPage, PageBrowser } from './page-browser.ts'
import { pollUntil } from './wait.ts'

export async function pagesOf(browser: Browser): Promise<PageBrowser> {
  const context = await browser.newContext()
  const problems: string[] = []
  return {
    problems: async () => problems,
    async open(url) {
      const page = await context.newPage()
      page.setDefaultTimeout(20_000)
      page.on('pageerror', (error) => problems.push(`${error.name}: ${error.message}`))
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) problems.push(message.text())
      })
      await page.goto(url)
      return new PlaywrightPage(page)
    },
    close: () => browser.close(),
  }
}

class PlaywrightPage implements BrowserPage {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  async goto(url: string): Promise<void> {
    await this.#page.goto(url)
  }

  // As the page sees it: an address that the page replaced itself is told a little later otherwise.
  url(): Promise<string> {
    return this.evaluate('location.href')
  }

  evaluate<T>(expression: string): Promise<T> {
    return this.#page.evaluate<T>(expression)
  }

  until<T>(expression: string): Promise<T> {
    return pollUntil(expression, () => this.evaluate<T>(expression))
  }

  click(selector: string): Promise<void> {
    return this.#page.click(selector)
  }

  type(selector: string, text: string): Promise<void> {
    return this.#page.fill(selector, text)
  }

  async back(): Promise<void> {
    // Firefox tells Playwright of no load when it takes a page out of its cache.
    await this.evaluate('void setTimeout(() => history.back())')
  }

  async reload(): Promise<void> {
    await this.#page.reload()
  }

  screenshot(): Promise<Buffer> {
    return this.#page.screenshot()
  }

  close(): Promise<void> {
    return this.#page.close()
  }
}
