import { getResponse, http } from 'msw'
import { describe, expect, it } from 'vitest'
import { toHandler } from '../../../src/testing/msw-handlers.ts'
import { answerByRoutes, route } from '../../../src/testing/route.ts'

const base = 'http://127.0.0.1:4000/v1.0'
const named = (name: string) => (call: { params: Readonly<Record<string, unknown>> }) => Response.json({ name, id: call.params['id'] })
const routes = [
  route.all(`${base}/token`, ({ request }) => (request.method === 'PUT' ? new Response('no PUT', { status: 405 }) : undefined)),
  route.post(`${base}/token`, named('token')),
  route.get(`${base}/things.json`, named('list')),
  route.get(`${base}/things/:id`, named('thing')),
  route.all(`${base}/*`, named('rest')),
]
const handlers = routes.map((one) => toHandler(http, one))

/** What the routes answer, and what msw answers by the handlers that are made of them. */
async function answers(method: string, url: string) {
  const read = async (response: Response | undefined) => response && `${response.status} ${await response.text()}`
  const byRoutes = await read(await answerByRoutes(routes, new Request(url, { method })))
  return { byRoutes, byMsw: await read(await getResponse(handlers, new Request(url, { method }))) }
}

describe('routes answer as msw does with the same routes', () => {
  it.each([
    ['POST', `${base}/token`, '200 {"name":"token"}'],
    ['POST', `${base}/token/`, '200 {"name":"token"}'],
    ['PUT', `${base}/token`, '405 no PUT'],
    ['GET', `${base}/token`, '200 {"name":"rest"}'],
    ['GET', `${base}/things.json?limit=3`, '200 {"name":"list"}'],
    ['GET', `${base}/thingsxjson`, '200 {"name":"rest"}'],
    ['GET', `${base}/things/7?a=/b`, '200 {"name":"thing","id":"7"}'],
    ['GET', `${base}/THINGS/7`, '200 {"name":"rest"}'],
    ['HEAD', `${base}/things/7`, '200 '],
    ['DELETE', `${base}/things/7/parts/1`, '200 {"name":"rest"}'],
    ['GET', `${base}/`, '200 {"name":"rest"}'],
    ['GET', 'http://127.0.0.1:4000/v1x0/things/7', undefined],
    ['GET', 'http://127.0.0.1:4001/v1.0/things/7', undefined],
  ])('%s %s', async (method, url, expected) => {
    const { byRoutes, byMsw } = await answers(method, url)
    expect(byRoutes).toBe(byMsw)
    if (method !== 'HEAD') expect(byRoutes).toBe(expected)
  })
})
