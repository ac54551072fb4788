// Vitest browser provider that drives Debian's WebKitGTK MiniBrowser through WebKitWebDriver (W3C WebDriver, plain fetch).
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineBrowserProvider } from '@vitest/browser'
import type { BrowserProvider, TestProject } from 'vitest/node'

export interface WebKitGtkOptions {
  driver?: string
  binary?: string
  display?: string
}

const freePort = () =>
  new Promise<number>((res, rej) => {
    const s = createServer()
      .on('error', rej)
      .listen(0, '127.0.0.1', () => {
        const a = s.address()
        s.close(() => res(typeof a === 'object' && a ? a.port : 0))
      })
  })

class WebKitGtkProvider implements BrowserProvider {
  name = 'webkitgtk'
  supportsParallelism = false
  private procs: ChildProcess[] = []
  private base = ''
  private session = ''
  constructor(
    project: TestProject,
    private opts: WebKitGtkOptions,
  ) {
    project.browser!.registerCommand('__vitest_viewport' as never, (async () => {}) as never) // the one command Vitest always calls
  }
  getCommandsContext() {
    return {}
  }
  private async cmd(method: string, path: string, body?: unknown): Promise<any> {
    const r = await fetch(this.base + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const j = (await r.json()) as { value: any }
    if (!r.ok) throw new Error(`WebKitWebDriver ${method} ${path}: ${JSON.stringify(j.value)}`)
    return j.value
  }
  private async start() {
    const display = this.opts.display ?? process.env['DISPLAY'] ?? `:${90 + Math.floor(Math.random() * 9)}`
    if (!process.env['DISPLAY'] && !this.opts.display) {
      this.procs.push(spawn('Xvfb', [display, '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], { stdio: 'ignore', detached: true }))
      await sleep(500)
    }
    const port = await freePort()
    this.base = `http://127.0.0.1:${port}`
    this.procs.push(
      spawn(this.opts.driver ?? '/usr/bin/WebKitWebDriver', ['-p', String(port), '--host=127.0.0.1'], {
        stdio: 'ignore',
        detached: true,
        env: { ...process.env, DISPLAY: display, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
      }),
    )
    for (let i = 0; ; i++) {
      try {
        await this.cmd('GET', '/status')
        break
      } catch (e) {
        if (i > 50) throw e
        await sleep(100)
      }
    }
    this.session = (
      await this.cmd('POST', '/session', {
        capabilities: {
          alwaysMatch: {
            'webkitgtk:browserOptions': {
              binary: this.opts.binary ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
              args: ['--automation'],
            },
          },
        },
      })
    ).sessionId
  }
  async openPage(_id: string, url: string) {
    if (!this.session) await this.start()
    await this.cmd('POST', `/session/${this.session}/url`, { url })
  }
  async close() {
    if (this.session) await this.cmd('DELETE', `/session/${this.session}`).catch(() => {})
    this.session = ''
    for (const p of this.procs.reverse())
      try {
        process.kill(-p.pid!, 'SIGTERM')
      } catch {
        /* gone */
      }
    this.procs = []
  }
}

export const webkitgtk = (options: WebKitGtkOptions = {}) =>
  defineBrowserProvider<WebKitGtkOptions>({
    name: 'webkitgtk',
    supportedBrowser: ['webkit'],
    options,
    providerFactory: (project) => new WebKitGtkProvider(project, options),
  })
