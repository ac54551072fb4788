import { readFile, writeFile } from 'node:fs/promises'
import { createClient } from 'redis'
import type { TokenManager, TokenRecord, TokenStore } from '../../dist/index.js'
import type { ManagerStartReport, SharedStore } from '../scenarios/manager-start.ts'
import { apiUrl, tokenUrl } from '../servers/token-server.ts'
import { type Build, importBuild } from './build.ts'

// Usage: start-managers.ts fill|start BUILD STORE LOCATION COUNT: prints a report as JSON.
//   fill    gets a token for each of the managers, one after another, and leaves it in the store
//   start   constructs them all at once over that store, and waits until each has its token
// LOCATION is the store's directory, or its URL; of memory, a file that holds its records between the processes.

type Task = 'fill' | 'start'
type Modules = Awaited<ReturnType<typeof importBuild>>

interface OpenStore {
  readonly store: TokenStore
  readonly close: () => Promise<void>
}

async function main([task, build, name, location = '', count]: readonly string[]): Promise<void> {
  const modules = await importBuild(build as Build)
  const { store, close } = await openStore(modules, name as SharedStore, location, task as Task)
  const report = await (task === 'fill' ? fill : start)(modules, store, Number(count))
  await close()
  process.stdout.write(JSON.stringify(report))
  process.exit()
}

async function openStore({ index, node, redis }: Modules, name: SharedStore, location: string, task: Task): Promise<OpenStore> {
  if (name === 'file') return { store: node.fileStore({ directory: location }), close: async () => {} }
  if (name === 'redis') {
    const client = createClient({ url: location })
    client.on('error', () => {})
    await client.connect()
    return { store: redis.redisStore(client), close: async () => client.destroy() }
  }
  return openMemory(index.memoryStore(), location, task)
}

/** Memory that a process has left behind: the records as it was given them, in a file. */
async function openMemory(store: TokenStore, file: string, task: Task): Promise<OpenStore> {
  const records = new Map<string, TokenRecord>()
  if (task === 'start') {
    for (const [key, record] of JSON.parse(await readFile(file, 'utf8')) as [string, TokenRecord][]) await store.set(key, record)
    return { store, close: async () => {} }
  }
  const recording: TokenStore = {
    get: (key) => store.get(key),
    set: async (key, record) => {
      records.set(key, record)
      await store.set(key, record)
    },
    delete: (key) => store.delete(key),
  }
  return { store: recording, close: () => writeFile(file, JSON.stringify([...records])) }
}

async function fill(modules: Modules, store: TokenStore, count: number): Promise<ManagerStartReport> {
  const startedAt = performance.now()
  const { fetch, requests } = createEndpoint('stored')
  for (let i = 0; i < count; i++) {
    const tokens = createManager(modules, store, fetch, i)
    await tokens.getToken()
    tokens.dispose()
  }
  return { ms: performance.now() - startedAt, requests: requests(), adopted: 0 }
}

async function start(modules: Modules, store: TokenStore, count: number): Promise<ManagerStartReport> {
  const { fetch, requests } = createEndpoint('asked')
  const startedAt = performance.now()
  const managers = Array.from({ length: count }, (_, i) => createManager(modules, store, fetch, i))
  const results = await Promise.allSettled(managers.map((tokens) => tokens.getToken()))
  const ms = performance.now() - startedAt
  for (const tokens of managers) tokens.dispose()
  const adopted = results.filter((result) => result.status === 'fulfilled' && result.value.accessToken.startsWith('stored-')).length
  return { ms, requests: requests(), adopted }
}

/** A manager as a service has one per tenant: other client, same server. */
function createManager({ index }: Modules, store: TokenStore, fetch: typeof globalThis.fetch, i: number): TokenManager {
  const preset = index.oauth2({ tokenUrl, apiUrl, clientId: `client-${i}`, clientSecret: `secret-${i}` })
  return new index.TokenManager({ ...preset, store, fetch })
}

/** A token endpoint that answers at once, and counts. */
function createEndpoint(name: string) {
  let count = 0
  const fetch: typeof globalThis.fetch = async () =>
    Response.json({ access_token: `${name}-${++count}`, token_type: 'Bearer', expires_in: 3600 })
  return { fetch, requests: () => count }
}

await main(process.argv.slice(2))
