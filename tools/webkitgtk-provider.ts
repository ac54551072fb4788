// A Vitest browser provider that drives Debian's WebKitGTK MiniBrowser through WebKitWebDriver (W3C WebDriver over plain
// fetch): Playwright's own WebKit is a download, which Debian's packages are not.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineBrowserProvider } from '@vitest/browser'
import type { BrowserProvider, TestProject } from 'vitest/node'

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
  readonly #options: WebKitGtkOptions
  #processes: ChildProcess[] = []
  #driverUrl = ''
  #session = ''

  constructor(project: TestProject, options: WebKitGtkOptions) {
    this.#options = options
    // The one command that Vitest always calls. A window of MiniBrowser has the size that it has.
    project.browser?.registerCommand('__vitest_viewport' as never, (async () => {}) as never)
  }

  getCommandsContext() {
    return {}
  }

  async openPage(_sessionId: string, url: string) {
    if (!this.#session) await this.#start()
    await this.#command('POST', `/session/${this.#session}/url`, { url })
  }

  async close() {
    if (this.#session) await this.#command('DELETE', `/session/${this.#session}`).catch(() => {})
    this.#session = ''
    for (const { pid } of this.#processes.reverse()) stopGroup(pid)
    this.#processes = []
  }

  async #start() {
    const display = process.env['DISPLAY'] ?? (await this.#startDisplay())
    const port = await findFreePort()
    this.#driverUrl = `http://127.0.0.1:${port}`
    this.#processes.push(
      spawn(this.#options.driver, ['-p', String(port), '--host=127.0.0.1'], {
        stdio: 'ignore',
        detached: true,
        env: { ...process.env, DISPLAY: display, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
      }),
    )
    await this.#untilReady()
    const binary =
      this.#options.browser ?? `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/webkit2gtk-4.1/MiniBrowser`
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } } }
    const { sessionId } = (await this.#command('POST', '/session', { capabilities })) as { sessionId: string }
    this.#session = sessionId
  }

  /** Xvfb picks a free display itself and writes its number to the descriptor it is given. */
  async #startDisplay(): Promise<string> {
    const xvfb = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      detached: true,
    })
    this.#processes.push(xvfb)
    const numbers = xvfb.stdio[3]
    if (!numbers) throw new Error('Xvfb has no descriptor 3')
    const [number] = await once(numbers, 'data', { signal: AbortSignal.timeout(10_000) })
    return `:${String(number).trim()}`
  }

  async #untilReady() {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#command('GET', '/status')
        return
      } catch (error) {
        if (attempt >= 100) throw error
        await sleep(100)
      }
    }
  }

  async #command(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(this.#driverUrl + path, { method, ...(body && { body: JSON.stringify(body) }) })
    const { value } = (await response.json()) as { value: unknown }
    if (!response.ok) throw new Error(`WebKitWebDriver ${method} ${path}: ${JSON.stringify(value)}`)
    return value
  }
}

/** The driver starts browsers: all of its process group has to go. */
function stopGroup(pid: number | undefined) {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // Gone already.
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
