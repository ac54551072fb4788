import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const file = fileURLToPath(new URL('./loopback-server.ts', import.meta.url))

/** Runs the task against a loopback server in a process of its own, and ends that process afterwards. */
export async function withLoopbackServer<T>(task: (origin: string) => Promise<T>): Promise<T> {
  const server = fork(file)
  try {
    const [port] = await once(server, 'message')
    return await task(`http://127.0.0.1:${port}`)
  } finally {
    server.kill()
  }
}
