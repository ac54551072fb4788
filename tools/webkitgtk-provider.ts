// A Vitest browser provider for Debian's WebKitGTK.
import { defineBrowserProvider } from '@vitest/browser'
import type { BrowserProvider, TestProject } from 'vitest/node'
import { WebDriverBrowser } from './webkitgtk-driver.ts'

interface WebKitGtkOptions {
  driver: string
  /** @default the MiniBrowser of this machine's architecture */
  browser?: string
}

export const webkitgtk = (options: WebKitGtkOptions) =>
  defineBrowserProvider<WebKitGtkOptions>({
    name: 'webkitgtk',
    supportedBrowser: ['webkit'],
    options,
    providerFactory: (project) => new WebKitGtkProvider(project, options),
  })

class WebKitGtkProvider implements BrowserProvider {
  readonly name = 'webkitgtk'
  readonly supportsParallelism = false
  readonly #browser: WebDriverBrowser

  constructor(project: TestProject, { driver, browser }: WebKitGtkOptions) {
    this.#browser = new WebDriverBrowser(driver, browser)
    // The one command that Vitest always calls. A window of MiniBrowser has the size that it has.
    project.browser?.registerCommand('__vitest_viewport' as never, (async () => {}) as never)
  }

  getCommandsContext() {
    return {}
  }

  async openPage(_sessionId: string, url: string) {
    if (!this.#browser.isStarted) await this.#browser.start()
    await this.#browser.navigate(url)
  }

  close() {
    return this.#browser.close()
  }
}
