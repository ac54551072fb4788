import type { World } from '../world.ts'

/** No call may take longer, whatever happens: lock, store and endpoint each have a bound. Time that its loop is blocked aside. */
const longestCallMs = 200_000
// Each flight sends eight at most: two steps, each with two retries and one for a lost reply.
const requestsPerFlight = 8
// Outages are remembered; in between a token may be due that nobody asked for.
const flightMs = 20_000

/** Calls settle in time, nothing storms the token endpoint, and no write is carried out twice. */
export function watchBounds({ facts, time, calls }: World): void {
  let requests = 0
  const clients = new Set<string>()
  const carriedOut = new Set<number>()
  facts.on('started', ({ client }) => clients.add(client.name))
  facts.on('settled', ({ number, what, client, startedAt, blockedMs }) => {
    const tookMs = time.now - startedAt - (client.loop.blockedMs - blockedMs)
    if (tookMs > longestCallMs) facts.tell('violated', `call ${number} (${what} of ${client.name}) takes ${tookMs} ms`)
  })
  facts.on('sent', () => {
    const most = requestsPerFlight * (calls.size + clients.size * (2 + time.now / flightMs))
    if (++requests > most) facts.tell('violated', `${requests} token requests, where ${Math.round(most)} are the most`)
  })
  facts.on('judged', ({ call, status }) => {
    if (status !== 200) return
    if (carriedOut.has(call.number)) facts.tell('violated', `call ${call.number} (${call.what}) is carried out twice`)
    carriedOut.add(call.number)
  })
}
