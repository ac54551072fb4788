import type { Client, Excuse, Issued, Read } from '../facts.ts'
import type { World } from '../world.ts'

// clear() looks once more, for the store's sake alone.
const looksAgainAfterMs = 60_000

interface SignOut {
  /** When it was called, in ticks. */
  readonly tick: number
  /** Whether the store has taken its tombstone: else the others cannot know of it. */
  isKnownToAll: boolean
}

/**
 * After `clear()` a client serves only what was asked for after it. So do the others, to whoever calls when they have found
 * in the store that it was cleared.
 */
export function watchSignOut({ facts, accounts, time }: World): void {
  const own = new Map<Client, SignOut>()
  const found = new Map<Client, { signOut: SignOut; readTick: number }>()
  const begunBy = new Map<string, SignOut>()
  const settledAt = new Map<Client, number[]>()
  const isSecondLook = ({ client, startedAt }: Read) => settledAt.get(client)?.includes(startedAt - looksAgainAfterMs)

  facts.on('called', ({ what, client, tick }) => what === 'clear' && own.set(client, { tick, isKnownToAll: false }))
  facts.on('settled', ({ what, client }) => what === 'clear' && settledAt.set(client, [...(settledAt.get(client) ?? []), time.now]))
  // Which sign-out an epoch has begun with: its tombstone says so.
  facts.on('told', ({ client, record, told }) => {
    const signOut = own.get(client)
    if (!record || record.token || !record.epoch || !signOut) return
    if (told === 'saved') signOut.isKnownToAll = true
    if (!begunBy.has(record.epoch)) begunBy.set(record.epoch, signOut)
  })
  // A later one that has no tombstone deletes that of an earlier one.
  facts.on('removed', () => {
    for (const signOut of [...own.values(), ...begunBy.values()]) signOut.isKnownToAll = false
  })
  facts.on('read', (read) => {
    const signOut = begunBy.get(read.record?.epoch ?? '')
    if (!signOut || isSecondLook(read) || signOut.tick <= (found.get(read.client)?.signOut.tick ?? -1)) return
    const issued = accounts.findIssued(read.record?.token?.accessToken ?? '')
    if (!issued || issued.origin > signOut.tick) found.set(read.client, { signOut, readTick: facts.tick })
  })
  facts.on('served', ({ client, issued, call, how }) => {
    const known = found.get(client)
    const heard = known && call && call.tick > known.readTick ? known.signOut : undefined
    const ended = [own.get(client), heard].find((signOut) => signOut && issued.origin < signOut.tick)
    if (!ended) return
    const what = `${client.name} serves ${issued.accessToken}, which belongs to what was cleared (call ${call?.number}, ${how})`
    const excuse = excuseOf(issued, ended)
    if (excuse) facts.tell('excused', { excuse, why: what })
    else facts.tell('violated', what)
  })
}

function excuseOf({ family, request }: Issued, { tick, isKnownToAll }: SignOut): Excuse | undefined {
  if (family.landed && family.landed.tick > tick) return family.landed.excuse
  // Renewed by somebody who could not know.
  return !isKnownToAll && request.tick > tick ? 'sign-out of which no store has taken the tombstone' : undefined
}
