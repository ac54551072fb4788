// Drives Debian's WebKitGTK MiniBrowser through WebKitWebDriver (W3C WebDriver over plain fetch): Playwright's own WebKit
// is a download, which Debian's packages are not.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

// What never ends (a screenshot without compositing, for one) says so.
const commandTimeoutMs = 30_000

/** Takes the commands of W3C WebDriver, by their path in the session, for one window. */
export interface WebDriverWindow {
  send(method: string, path: string, body?: object): Promise<unknown>
}

export class WebDriverBrowser {
  readonly #driver: string
  readonly #binary: string
  #processes: ChildProcess[] = []
  #driverUrl = ''
  #session = ''
  // The window that the session began with: new ones are opened from there, since others may be closed.
  #firstWindow = ''
  // A session has one current window: a command for another one is two, and nothing may come between them.
  #queue: Promise<unknown> = Promise.resolve()
  // They are not of this process's group, and would outlive a run that is ended by force.
  readonly #stopAtExit = (): void => this.#stop()

  /** @param binary the browser; by default the MiniBrowser of this machine's architecture */
  constructor(driver: string, binary = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/webkit2gtk-4.1/MiniBrowser`) {
    this.#driver = driver
    this.#binary = binary
  }

  get isStarted(): boolean {
    return this.#session !== ''
  }

  async start(): Promise<void> {
    process.once('exit', this.#stopAtExit)
    const display = process.env['DISPLAY'] ?? (await this.#startDisplay())
    const port = await findFreePort()
    this.#driverUrl = `http://127.0.0.1:${port}`
    this.#processes.push(
      spawn(this.#driver, ['-p', String(port), '--host=127.0.0.1'], {
        stdio: 'ignore',
        detached: true,
        env: { ...process.env, DISPLAY: display, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
      }),
    )
    await this.#untilReady()
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary: this.#binary, args: ['--automation'] } } }
    const { sessionId } = (await this.#send('POST', '/session', { capabilities })) as { sessionId: string }
    this.#session = sessionId
    this.#firstWindow = (await this.#command('GET', '/window')) as string
  }

  /** Opens a URL in the current window. */
  async navigate(url: string): Promise<void> {
    await this.#command('POST', '/url', { url })
  }

  /** Opens a URL in a window of its own. */
  async openWindow(url: string): Promise<WebDriverWindow> {
    const handle = await this.#inTurn(async () => {
      await this.#command('POST', '/window', { handle: this.#firstWindow })
      return ((await this.#command('POST', '/window/new', { type: 'window' })) as { handle: string }).handle
    })
    const send: WebDriverWindow['send'] = (method, path, body) =>
      this.#inTurn(async () => {
        await this.#command('POST', '/window', { handle })
        return this.#command(method, path, body)
      })
    await send('POST', '/url', { url })
    return { send }
  }

  async close(): Promise<void> {
    if (this.#session) await this.#command('DELETE', '').catch(() => {})
    this.#session = ''
    this.#stop()
    process.off('exit', this.#stopAtExit)
  }

  #stop(): void {
    for (const { pid } of this.#processes.reverse()) stopGroup(pid)
    this.#processes = []
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

  async #untilReady(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#send('GET', '/status')
        return
      } catch (error) {
        if (attempt >= 100) throw error
        await sleep(100)
      }
    }
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(task, task)
    this.#queue = turn.catch(() => {})
    return turn
  }

  #command(method: string, path: string, body?: object): Promise<unknown> {
    return this.#send(method, `/session/${this.#session}${path}`, body)
  }

  async #send(method: string, path: string, body?: object): Promise<unknown> {
    const signal = AbortSignal.timeout(commandTimeoutMs)
    const response = await fetch(this.#driverUrl + path, { method, signal, ...(body && { body: JSON.stringify(body) }) })
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
