import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

  /** A cluster of one node, which holds all slots; clients that know nothing of clusters can use it as well. */
  static async startCluster(): Promise<RedisServer> {
    const options = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-port', String(await findFreePort())]
    const server = await RedisServer.start(options)
    const admin = await server.connect()
    await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'])
    while (!String(await admin.sendCommand(['CLUSTER', 'INFO'])).includes('cluster_state:ok')) await sleep(10)
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it (again), on the same port and directory; resolves when it accepts connections. */
  async start(): Promise<void> {
    const own = ['--port', this.port, '--bind', '127.0.0.1', '--dir', this.#directory, '--save', '', '--appendonly', 'no']
    const child = spawn(redisServerPath as string, [...own.map(String), ...this.#arguments], { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#process = child
    await seenInLog(child, 'Ready to accept connections')
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

/** A sentinel that watches a server under the name `primary`. */
export class RedisSentinel {
  readonly port: number
  readonly #directory = mkdtempSync(join(tmpdir(), 'tokenwell-sentinel-'))
  #process: ChildProcess | undefined
  readonly #killAtExit = () => this.#process?.kill('SIGKILL')

  private constructor(port: number) {
    this.port = port
    process.once('exit', this.#killAtExit)
  }

  static async start(watched: RedisServer): Promise<RedisSentinel> {
    const sentinel = new RedisSentinel(await findFreePort())
    const file = join(sentinel.#directory, 'sentinel.conf')
    const lines = [
      `port ${sentinel.port}`,
      'bind 127.0.0.1',
      `sentinel monitor primary 127.0.0.1 ${watched.port} 1`,
      'sentinel down-after-milliseconds primary 500',
      'sentinel failover-timeout primary 3000',
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    sentinel.#process = spawn(redisServerPath as string, [file, '--sentinel'], { stdio: ['ignore', 'pipe', 'ignore'] })
    await seenInLog(sentinel.#process, '+monitor')
    return sentinel
  }

  async close(): Promise<void> {
    this.#process?.kill('SIGKILL')
    process.off('exit', this.#killAtExit)
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** Resolves when a server has logged a word, and rejects where it ends before that. */
async function seenInLog(child: ChildProcess, word: string): Promise<void> {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk
      if (log.includes(word)) resolve()
    })
    child.once('exit', () => reject(new Error(`redis-server did not start:\n${log}`)))
    child.once('error', reject)
  })
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no free port')
  return address.port
}
