import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRows } from '../../../examples/pages.ts'
import { startEmulator } from '../../../src/emulator.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { cam2 } from '../../../src/providers/cam2.ts'
import { dive } from '../../../src/providers/dive.ts'
import { musement } from '../../../src/providers/musement.ts'

const asJson = (body: unknown, status = 200) => Response.json(body, { status })

/** An API that answers these in turn, and the queries that it was asked with. */
function script(...answers: readonly Response[]) {
  const left = [...answers]
  const asked: string[] = []
  const fetch = async (url: string) => {
    asked.push(new URL(url).search)
    return left.shift() ?? Promise.reject(new Error('asked for one more'))
  }
  return { fetch, asked }
}

const url = 'https://api.example.com/things'

async function readAll(fetch: (url: string) => Promise<Response>, from = url): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const row of readRows(fetch, from)) rows.push(row)
  return rows
}

describe('readRows', () => {
  it('of bare lists with a limit → goes on until a page is short', async () => {
    const { fetch, asked } = script(asJson([1, 2]), asJson([3, 4]), asJson([5]))
    expect(await readAll(fetch, `${url}?q=a&limit=2`)).toEqual([1, 2, 3, 4, 5])
    expect(asked).toEqual(['?q=a&limit=2', '?q=a&limit=2&offset=2', '?q=a&limit=2&offset=4'])
  })

  it.each([
    ['without a limit', '', [1, 2]],
    ['whose server does not know limits', '?limit=1', [1, 2]],
    ['that is empty', '?limit=2', []],
  ])('of a list %s → asks once', async (_, query, rows) => {
    const { fetch, asked } = script(asJson(rows))
    expect(await readAll(fetch, url + query)).toEqual(rows)
    expect(asked).toHaveLength(1)
  })

  it('of pages with a key → goes on while the status is 206', async () => {
    const { fetch, asked } = script(asJson({ data: [1], paginate_key: 'a=' }, 206), asJson({ data: [2], paginate_key: 'b' }))
    expect(await readAll(fetch)).toEqual([1, 2])
    expect(asked).toEqual(['', '?paginate_key=a%3D'])
  })

  it('of a page whose key leads to itself → ends', async () => {
    const page = () => asJson({ data: [1], paginate_key: 'a' }, 206)
    expect(await readAll(script(page(), page()).fetch)).toEqual([1, 1])
  })

  it('that is left early → asks for no further page', async () => {
    const { fetch, asked } = script(asJson([1, 2]))
    for await (const row of readRows<number>(fetch, `${url}?limit=2`)) if (row === 2) break
    expect(asked).toHaveLength(1)
  })

  it('of what the API refuses → says the status, and nothing of the query', async () => {
    await expect(readAll(script(asJson({}, 404)).fetch, `${url}?secret=1`)).rejects.toThrow(/^https:\/\/api.example.com answered 404$/)
  })
})

describe('over the systems', () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>
  beforeAll(async () => {
    emulator = await startEmulator({ flavour: 'real' })
  })
  afterAll(() => emulator.close())

  it.each([
    ['CAM2', 'cam2', '/cameras.json'],
    ['Dive', 'dive', '/movies?size=3'],
    ['Musement', 'musement', '/cities?limit=7'],
  ] as const)('all rows of %s are read, each once', async (_, name, path) => {
    const { baseUrls, credentials } = emulator
    const presets = {
      cam2: cam2({ baseUrl: baseUrls.cam2, ...credentials.cam2 }),
      dive: dive({ baseUrl: baseUrls.dive, ...credentials.dive }),
      musement: musement({ baseUrl: baseUrls.musement, method: 'POST', application: 'test', ...credentials.musement }),
    }
    using tokens = new TokenManager(presets[name])
    let calls = 0
    const rows = await readAll(
      (href) => tokens.fetch(href, { headers: { 'Accept-Language': 'en' } }).finally(() => calls++),
      baseUrls[name] + path,
    )
    expect(rows.length).toBeGreaterThan(3)
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(rows.length)
    expect(calls > 1).toBe(name !== 'cam2')
  })
})
