/** Answers requests of one method (or of all) at one address. As data, so that msw is needed only where msw answers. */
export interface Route {
  readonly method: 'get' | 'post' | 'all'
  /** An absolute URL. `:name` stands for one segment, `*` at its end for the rest. */
  readonly url: string
  /** `undefined` leaves the request to the routes that follow. */
  readonly answer: Answer
}

export type Answer = (call: {
  request: Request
  params: Readonly<Record<string, unknown>>
}) => Response | undefined | Promise<Response | undefined>

const routeOf =
  (method: Route['method']) =>
  (url: string, answer: Answer): Route => ({ method, url, answer })

export const route = { get: routeOf('get'), post: routeOf('post'), all: routeOf('all') }

/** Answers by the first route that does, as msw would. `undefined` where none does. */
export async function answerByRoutes(routes: readonly Route[], request: Request): Promise<Response | undefined> {
  const asked = request.method.toLowerCase()
  for (const { method, url, answer } of routes) {
    const params = method === 'all' || method === asked ? match(url, request.url) : undefined
    const response = params && (await answer({ request, params }))
    if (response) return response
  }
  return undefined
}

/** The values of `:names`. Query and a slash at the end do not count: as in msw. */
function match(pattern: string, url: string): Record<string, string> | undefined {
  const names: string[] = []
  const expression = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, (sign) => (sign === '*' ? '.*' : `\\${sign}`))
    .replace(/\/:(\w+)/g, (_, name: string) => {
      names.push(name)
      return '/([^/]+)'
    })
  const found = new RegExp(`^${expression}/?$`).exec(url.replace(/[?#].*$/, ''))
  return found ? Object.fromEntries(names.map((name, index) => [name, found[index + 1] as string])) : undefined
}
