import type { Client, TokenRequest } from '../facts.ts'
import { isHeldByPerson } from '../plan.ts'
import type { World } from '../world.ts'

const firstMs = 30_000
const longestMs = 900_000

interface Memory {
  times: number
  refusedAt: number
  /** Whether its time was over when somebody asked: a clock that is set back later does not matter to what has begun. */
  isOver?: boolean
}

/** Refused credentials are not sent more often than the memory of refusals allows, here and (where a note of them was found) elsewhere. */
export function watchRefusals({ facts, plan, time }: World): void {
  if (isHeldByPerson(plan.grant)) return
  const memories = new Map<Client, Memory>()
  const notes = new Map<Client, { until: number; readAt: number }>()
  const forget = (client: Client) => {
    memories.delete(client)
    notes.delete(client)
  }
  // Of whoever holds the lock alone, nobody else notes a refusal meanwhile.
  const lapsed = new Set<Client>()
  facts.on('lapsed', ({ client }) => lapsed.add(client))
  facts.on('unlocked', ({ client }) => lapsed.delete(client))
  const clearing = new Map<Client, number>()
  facts.on('called', ({ what, client }) => {
    const memory = memories.get(client)
    if (memory && client.loop.now() >= endOf(memory)) memory.isOver = true
    if (what !== 'clear') return
    forget(client)
    clearing.set(client, (clearing.get(client) ?? 0) + 1)
  })
  facts.on('settled', ({ what, client }) => what === 'clear' && clearing.set(client, (clearing.get(client) ?? 0) - 1))
  facts.on('event', ({ client, name }) => ['acquired', 'renewed', 'adopted', 'cleared'].includes(name) && forget(client))
  // What a notice leads to is read for the token's sake alone, and what clear() reads to end it.
  const noticed = new Set<string>()
  const momentOf = (client: Client, at: number) => `${client.name} ${at}`
  facts.on('noticed', (client) => noticed.add(momentOf(client, time.now)))
  facts.on('read', ({ client, startedAt, record }) => {
    if (noticed.has(momentOf(client, startedAt)) || clearing.get(client)) return
    // Its clock has been set back since.
    if (client.loop.now() < (memories.get(client)?.refusedAt ?? 0)) memories.delete(client)
    notes.set(client, { until: record?.refusal?.until ?? 0, readAt: client.loop.now() })
  })
  facts.on('sent', (request) => {
    const { client } = request
    if (!isOfCredentials(request)) return
    const now = client.loop.now()
    const memory = memories.get(client)
    if (memory && !memory.isOver && now >= memory.refusedAt && now < endOf(memory))
      facts.tell('violated', `${client.name} sends refused credentials again too soon`)
    // A clock that has been set back since ends what is remembered.
    const { until = 0, readAt = 0 } = notes.get(client) ?? {}
    if (now < readAt || until <= now || until > now + longestMs) return
    const what = `${client.name} sends credentials that it has found to be refused`
    if (lapsed.has(client)) facts.tell('excused', { excuse: 'holder suspended past its lease', why: what })
    else facts.tell('violated', what)
  })
  facts.on('ended', (request) => {
    if (request.state !== 'refused' || !isOfCredentials(request)) return
    const { client } = request
    memories.set(client, { times: (memories.get(client)?.times ?? 0) + 1, refusedAt: client.loop.now() })
  })
}

const isOfCredentials = ({ way, refreshToken }: TokenRequest): boolean => way === 'ask' && !refreshToken

const endOf = ({ times, refusedAt }: Memory): number => refusedAt + Math.min(longestMs, firstMs * 2 ** (times - 1))
