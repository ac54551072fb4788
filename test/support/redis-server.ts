import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createClient } from 'redis'

const redisServerPath = ['/usr/bin', '/usr/local/bin', ...(process.env['PATH'] ?? '').split(delimiter)]
  .map((directory) => join(directory, 'redis-server'))
  .find((path) => existsSync(path))

/** Whether tests with Redis run: where it is installed, and with REDIS=required in any case (they fail then). */
export const isRedisWanted = redisServerPath !== undefined || process.env['REDIS'] === 'required'

export type TestRedisClient = Awaited<ReturnType<RedisServer['connect']>>

/** A redis-server of this test, on a free port of loopback. It keeps nothing on a disk, unless told to. */
export class RedisServer {
  readonly port: number
  readonly #directory = mkdtempSync(join(tmpdir(), 'tokenwell-redis-'))
  readonly #arguments: readonly string[]
  readonly #clients: { destroy(): void }[] = []
  #process: ChildProcess | undefined

  readonly #killAtExit = () => this.#process?.kill('SIGKILL')

  private constructor(port: number, options: readonly string[]) {
    this.port = port
    this.#arguments = options
    // A server that is paused would outlive a test that ends without closing it.
    process.once('exit', this.#killAtExit)
  }

  /** @param options further arguments of redis-server, such as `--maxmemory 3mb` */
  static async start(options: readonly string[] = []): Promise<RedisServer> {
    if (!redisServerPath) throw new Error('redis-server is not installed (apt-get install redis-server), and REDIS=required wants it.')
    for (let attempt = 1; ; attempt++) {
      const server = new RedisServer(await findFreePort(), options)
      try {
        await server.start()
        return server
      } catch (error) {
        // Somebody else took the port in between.
        if (attempt === 3) throw error
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it (again), on the same port and directory; resolves when it accepts connections. */
  async start(): Promise<void> {
    const own = ['--port', this.port, '--bind', '127.0.0.1', '--dir', this.#directory, '--save', '', '--appendonly', 'no']
    const child = spawn(redisServerPath as string, [...own.map(String), ...this.#arguments], { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#process = child
    let log = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        log += chunk
        if (log.includes('Ready to accept connections')) resolve()
      })
      child.once('exit', () => reject(new Error(`redis-server did not start:\n${log}`)))
      child.once('error', reject)
    })
  }

  /** Ends it without a warning; what it kept in memory is gone. */
  async kill(): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** It goes on accepting connections, and answers nothing. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  /** A connected client, closed with the server. */
  async connect() {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: (retries) => Math.min(20 * 2 ** retries, 200) } })
    client.on('error', () => {})
    this.#clients.push(client)
    await client.connect()
    return client
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy()
    await this.kill()
    process.off('exit', this.#killAtExit)
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no free port')
  return address.port
}
