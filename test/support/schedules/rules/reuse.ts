import type { Client, Excuse, TokenRequest } from '../facts.ts'
import type { World } from '../world.ts'

/** A refresh token that was used is not presented again, nor is one presented twice at a time: unless excused by name (excuses.ts). */
export function watchReuse({ facts, accounts }: World): void {
  const knowledge = new Knowledge()
  // What is seen meanwhile may be what it clears.
  for (const moment of ['called', 'settled'] as const) {
    facts.on(moment, ({ what, client }) => what === 'clear' && knowledge.noteClear(client, facts.tick))
  }
  facts.on('read', ({ client, record }) => {
    const issued = accounts.findIssued(record?.token?.accessToken ?? '')
    if (issued) knowledge.noteSuccessor(client, issued.origin)
  })
  facts.on('sent', (request) => {
    const { refreshToken, client } = request
    if (!refreshToken) return
    const before = refreshToken.presentations
    const what = `${client.name} presents ${refreshToken.name}`
    if (before.some(({ state }) => state === 'under way')) {
      const excuse = 'holder suspended past its lease'
      if (refreshToken.excusedBy.has(excuse)) facts.tell('excused', { excuse, why: `${what} while another request does` })
      else facts.tell('violated', `${what} while another request does`)
    }
    // One that was renewed without a successor stays good.
    const granted = before.filter(({ state, granted }) => state === 'granted' && granted?.refreshToken !== refreshToken)
    if (granted.length > 0) {
      const excuse = knowledge.excuseOf(request)
      if (excuse) facts.tell('excused', { excuse, why: what })
      else facts.tell('violated', `${what}, which ${names(granted)} used`)
    } else if (before.some(({ granted, state }) => granted && (state === 'lost' || state === 'failed'))) {
      facts.tell('excused', { excuse: 'repeat after a lost reply', why: what })
    }
  })
}

/** What clients know of a refresh token that their callers gave them. */
class Knowledge {
  #lastClear = -1
  readonly #seen = new Map<Client, number>()

  noteClear(client: Client, tick: number): void {
    this.#lastClear = tick
    this.#seen.delete(client)
  }

  /** @param origin when the sign-in was asked for that it belongs to */
  noteSuccessor(client: Client, origin: number): void {
    this.#seen.set(client, origin)
  }

  excuseOf({ refreshToken, client }: TokenRequest): Excuse | undefined {
    const { isFirst, presentations, excusedBy } = refreshToken as NonNullable<TokenRequest['refreshToken']>
    const [excuse] = excusedBy
    if (!isFirst) return excuse
    // Once for each client: whoever has seen a successor since knows better.
    const isAnswered = ({ state }: TokenRequest) => state === 'granted' || state === 'refused'
    const isBegun = presentations.some((other) => other.client === client && other.tick > this.#lastClear && isAnswered(other))
    const hasSeen = (this.#seen.get(client) ?? -1) > this.#lastClear
    if (isBegun || hasSeen) return excuse === 'first token whose successor no store has taken' ? undefined : excuse
    return this.#lastClear >= 0 ? 'first token after clear()' : excuse
  }
}

function names(requests: readonly TokenRequest[]): string {
  return [...new Set(requests.map(({ client }) => client.name))].join(', ')
}
