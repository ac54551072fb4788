// Reads a list to its end, page by page, in the ways of the four systems. There is no token in it: hand it `tokens.fetch`, or a
// client over that. Copy it, and change nextPage() for an API with another way (docs/use-with.md has two more).

/** The rows of a list, one after another: the next page is asked for when it is needed. @throws Error where the API refuses */
export async function* readRows<Row>(fetch: (url: string) => Promise<Response>, url: string): AsyncGenerator<Row, void, undefined> {
  for (let next: URL | undefined = new URL(url); next; ) {
    const response = await fetch(next.href)
    if (!response.ok) throw new Error(`${next.origin} answered ${response.status}`)
    const body = (await response.json()) as Row[] | Page<Row>
    yield* Array.isArray(body) ? body : body.data
    next = nextPage(next, response, body)
  }
}

/** Dive's lists: a page, and what to ask the next one with. */
interface Page<Row> {
  readonly data: Row[]
  readonly paginate_key?: string
}

function nextPage(url: URL, { status }: Response, body: unknown[] | Page<unknown>): URL | undefined {
  const next = new URL(url)
  const { searchParams } = next
  if (Array.isArray(body)) {
    // Musement says no total: a page that is shorter than it was asked for is the last one. CAM2 and Camdram give all at once.
    const limit = Number(searchParams.get('limit'))
    searchParams.set('offset', String(Number(searchParams.get('offset')) + limit))
    return limit > 0 && body.length === limit ? next : undefined
  }
  // Dive answers 206 while more pages follow. A key that stays the same would lead round and round.
  const key = status === 206 ? body.paginate_key : undefined
  if (key === undefined || key === searchParams.get('paginate_key')) return undefined
  searchParams.set('paginate_key', key)
  return next
}
