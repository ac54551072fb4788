import type { Call, Client } from './facts.ts'
import { apiFaults } from './fault-names.ts'
import type { ServerOptions } from './token-server.ts'

/** The API: it carries out what comes with a good token, and rejects the rest. */
export class ApiServer {
  readonly #options: ServerOptions
  readonly #calls: ReadonlyMap<number, Call>
  readonly #kept: Request[] = []

  /** @param calls the calls that are made, by the number that stands in their URL */
  constructor(options: ServerOptions, calls: ReadonlyMap<number, Call>) {
    this.#options = options
    this.#calls = calls
  }

  answer(client: Client, http: Request): Promise<Response> {
    const { accounts, facts, time, dice, isOn } = this.#options
    this.#kept.push(http)
    const issued = accounts.findIssued(http.headers.get('authorization')?.replace('Bearer ', '') ?? '')
    const call = this.#calls.get(Number(new URL(http.url).searchParams.get('call'))) as Call
    if (issued) facts.tell('served', { client, issued, call, how: 'sent' })
    else facts.tell('violated', `${client.name} sends a token that nobody has issued`)
    const fault = isOn('api') && dice.chance(0.3) ? dice.pick(apiFaults) : undefined
    if (fault) facts.tell('fault', { name: fault, where: client.name })
    return client.loop.answer(async () => {
      await time.sleep(fault === 'slow API' ? dice.between(50, 4000) : dice.between(1, 40))
      const status = issued && accounts.isGood(issued) ? 200 : 401
      facts.tell('judged', { call, issued, status })
      await time.sleep(fault === 'slow API' ? dice.between(50, 4000) : dice.between(1, 40))
      if (fault === 'API call cut off') throw new TypeError('fetch failed')
      return new Response(null, { status })
    })
  }
}
