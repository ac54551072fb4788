import { defineProvider, oauth2, TokenManager, type TokenManagerOptions } from '../../dist/index.js'
import { runRounds } from '../rounds.ts'
import type { JudgedRepliesReport, Reader } from '../scenarios/judged-replies.ts'
import { apiUrl, credentials, TokenServer, tokenUrl } from '../servers/token-server.ts'
import { readProcessorTime } from './processor-time.ts'

type Fetch = (url: string) => Promise<Response>

const batchCalls = 100
const warmUpCalls = 500
const url = `${apiUrl}things`
const authorized = { headers: { authorization: 'Bearer static' } }

// The most that is looked into, to the byte.
const empty = JSON.stringify({ error: null, data: '' }).length
const json = new TextEncoder().encode(JSON.stringify({ error: null, data: 'x'.repeat(65_536 - empty) }))
const createJson = () => new Response(json, { headers: { 'content-type': 'application/json' } })
const createPicture = () => new Response(json, { headers: { 'content-type': 'image/png' } })

const unread = ['image/png', 'video/mp4', 'audio/mpeg', 'application/octet-stream', 'text/event-stream', 'application/x-ndjson', 'text/css', 'text/csv'] // biome-ignore format: one line

/** Times those who read replies in interleaved rounds, and counts clones. Prints a report as JSON. */
async function main([rounds = '']: readonly string[]): Promise<void> {
  const rule = { isRejection: { status: 200, path: 'error.code', is: 'token_expired' } }
  const bareJson: Fetch = async (href) => answer(createJson, href, authorized)
  const readers = new Map<Reader, () => Promise<unknown>>([
    ['bare', () => readText(bareJson)],
    ['bareLooking', () => readText(async (href) => lookInto(await bareJson(href)))],
    ['withoutRule', await createReader(createJson, {}, readText)],
    ['withRule', await createReader(createJson, rule, readText)],
    ['barePicture', () => readBytes(async (href) => answer(createPicture, href, authorized))],
    ['withRulePicture', await createReader(createPicture, rule, readBytes)],
  ])
  for (const read of readers.values()) await timeCalls(read, warmUpCalls)
  const costs = await runRounds([...readers.keys()], {
    rounds: Number(rounds),
    runBatch: (name) => timeCalls(readers.get(name) as () => Promise<unknown>, batchCalls),
  })
  const report: JudgedRepliesReport = { costs: [...costs], clones: await countClones(rule) }
  process.stdout.write(JSON.stringify(report))
  process.exit()
}

/** As a stub of the API answers. */
async function answer(create: () => Response, _href: string, _init: RequestInit | undefined): Promise<Response> {
  return create()
}

/** What a caller would do by hand. */
async function lookInto(response: Response): Promise<Response> {
  const { error } = JSON.parse(await response.clone().text()) as { error: { code?: string } | null }
  if (error?.code === 'token_expired') throw new Error('It was to be a good reply')
  return response
}

const readText = async (fetch: Fetch): Promise<unknown> => (await fetch(url)).text()
const readBytes = async (fetch: Fetch): Promise<unknown> => (await fetch(url)).arrayBuffer()

async function createReader(create: () => Response, profile: object, read: (fetch: Fetch) => Promise<unknown>) {
  const tokens = await createTokens(create, profile)
  return () => read(tokens.fetch)
}

/** A manager that has its token, and talks from then on to a stub. */
async function createTokens(create: () => Response, profile: object): Promise<TokenManager> {
  const server = new TokenServer()
  const preset = oauth2({ tokenUrl, apiUrl, ...credentials })
  const options: TokenManagerOptions = {
    ...preset,
    provider: defineProvider({ ...preset.provider, ...profile }),
    fetch: async (input, init) => (input === tokenUrl ? server.fetch(input, init) : answer(create, String(input), init)),
  }
  const tokens = new TokenManager(options)
  await tokens.getToken()
  return tokens
}

/** Counts the clones of each reply, which must come unread. */
async function countClones(profile: object): Promise<JudgedRepliesReport['clones']> {
  const count = async (create: () => Response): Promise<number> => {
    let clones = 0
    const tokens = await createTokens(() => {
      const response = create()
      response.clone = () => {
        clones++
        return Response.prototype.clone.call(response)
      }
      return response
    }, profile)
    const response = await tokens.fetch(url)
    tokens.dispose()
    if (response.bodyUsed) throw new Error(`${response.headers.get('content-type')} was read`)
    return clones
  }
  const stream = (type: string) => () =>
    new Response(new ReadableStream({ pull: (controller) => controller.enqueue(json) }), { headers: { 'content-type': type } })
  const long = () => new Response(json, { headers: { 'content-type': 'application/json', 'content-length': '65537' } })
  const others = await Promise.all([long, ...unread.map(stream)].map(count))
  return { json: await count(createJson), others: Math.max(...others) }
}

/** Nanoseconds a call, of processor time. */
async function timeCalls(read: () => Promise<unknown>, count: number): Promise<number> {
  const startedAt = readProcessorTime()
  for (let i = 0; i < count; i++) await read()
  return (readProcessorTime() - startedAt) / count
}

await main(process.argv.slice(2))
