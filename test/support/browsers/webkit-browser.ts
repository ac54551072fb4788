import { WebDriverBrowser, type WebDriverWindow } from '../../../tools/webkitgtk-driver.ts'
import type { BrowserPage, PageBrowser } from './page-browser.ts'
import { problemRecorder, problemsKey } from './problem-recorder.ts'
import { pollUntil } from './wait.ts'

export async function startWebKit(driver: string): Promise<PageBrowser> {
  const browser = new WebDriverBrowser(driver)
  await browser.start()
  const pages: WebKitPage[] = []
  return {
    problems: async () => (await Promise.all(pages.map((page) => page.problems()))).flat(),
    async open(url) {
      const page = new WebKitPage(await browser.openWindow(url))
      await page.record()
      pages.push(page)
      return page
    },
    close: () => browser.close(),
  }
}

class WebKitPage implements BrowserPage {
  readonly #window: WebDriverWindow
  // Of a page that is closed, what it had before.
  #problems: string[] | undefined

  constructor(window: WebDriverWindow) {
    this.#window = window
  }

  async goto(url: string): Promise<void> {
    await this.#window.send('POST', '/url', { url })
    await this.record()
  }

  url(): Promise<string> {
    return this.evaluate('location.href')
  }

  async evaluate<T>(expression: string): Promise<T> {
    const script = `
      const done = arguments[0]
      Promise.resolve().then(() => (${expression})).then((value) => done({ value }), (error) => done({ error: String(error) }))`
    const { value, error } = (await this.#window.send('POST', '/execute/async', { script, args: [] })) as { value: T; error?: string }
    if (error !== undefined) throw new Error(error)
    return value
  }

  until<T>(expression: string): Promise<T> {
    return pollUntil(expression, () => this.evaluate<T>(expression))
  }

  async click(selector: string): Promise<void> {
    await this.#window.send('POST', `/element/${await this.#find(selector)}/click`, {})
  }

  async type(selector: string, text: string): Promise<void> {
    const element = await this.#find(selector)
    await this.#window.send('POST', `/element/${element}/clear`, {})
    await this.#window.send('POST', `/element/${element}/value`, { text })
  }

  async back(): Promise<void> {
    await this.#window.send('POST', '/back', {})
  }

  async reload(): Promise<void> {
    await this.#window.send('POST', '/refresh', {})
    await this.record()
  }

  async screenshot(): Promise<undefined> {
    // Never answered without compositing, which software rendering is started without.
  }

  /** From now on, where the page has not begun with the recorder. */
  async record(): Promise<void> {
    await this.evaluate(problemRecorder)
  }

  async problems(): Promise<string[]> {
    return this.#problems ?? JSON.parse((await this.evaluate<string | null>(`sessionStorage.getItem('${problemsKey}')`)) ?? '[]')
  }

  async close(): Promise<void> {
    this.#problems = await this.problems()
    await this.#window.send('DELETE', '/window')
  }

  async #find(selector: string): Promise<string> {
    const [id] = await pollUntil(selector, async () =>
      Object.values((await this.#window.send('POST', '/element', { using: 'css selector', value: selector })) as object),
    )
    return id as string
  }
}
