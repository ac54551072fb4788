import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Runs the task against a loopback server in a process of its own, and ends that process afterwards. */
export function withLoopbackServer<T>(task: (origin: string) => Promise<T>): Promise<T> {
  return withServer('loopback-server.ts', [], task)
}

/** The same with the proxy and a bare relay, both before the loopback server of this origin. */
export function withProxyServer<T>(upstream: string, task: (origin: string) => Promise<T>): Promise<T> {
  return withServer('proxy-server.ts', [upstream], task)
}

async function withServer<T>(file: string, args: readonly string[], task: (origin: string) => Promise<T>): Promise<T> {
  const server = fork(fileURLToPath(new URL(file, import.meta.url)), args)
  try {
    const [port] = await once(server, 'message')
    return await task(`http://127.0.0.1:${port}`)
  } finally {
    server.kill()
  }
}
