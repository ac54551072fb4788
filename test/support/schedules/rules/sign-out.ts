import type { Client, Excuse, Issued, Landing, Read } from '../facts.ts'
import type { World } from '../world.ts'

// clear() looks once more, for the store's sake alone.
const looksAgainAfterMs = 60_000

interface SignOut {
  /** When it was called, in ticks. */
  readonly tick: number
  /** Whether the store has taken its tombstone: else the others cannot know of it. */
  isKnownToAll: boolean
  /** What its client had seen before. */
  readonly seen: ReadonlySet<Issued>
}

/**
 * After `clear()` a client serves only what was asked for after it. So do the others, to whoever calls when they have found
 * in the store that it was cleared.
 */
export function watchSignOut({ facts, accounts, time }: World): void {
  const own = new Map<Client, SignOut>()
  const found = new Map<Client, { signOut: SignOut; readTick: number }>()
  const overtaken = new Map<Client, Issued>()
  const begunBy = new Map<string, SignOut>()
  const seen = new Map<Client, Set<Issued>>()
  const see = (client: Client, issued: Issued) => seen.set(client, (seen.get(client) ?? new Set()).add(issued))
  const settled = new Map<Client, { at: number; blockedMs: number }[]>()
  const isSecondLook = ({ client, startedAt }: Read) =>
    settled.get(client)?.some(({ at, blockedMs }) => {
      const lateMs = startedAt - at - looksAgainAfterMs
      return lateMs >= 0 && lateMs <= client.loop.blockedMs - blockedMs
    })

  facts.on('called', ({ what, client, tick }) => {
    if (what === 'clear') own.set(client, { tick, isKnownToAll: false, seen: new Set(seen.get(client)) })
  })
  facts.on('settled', ({ what, client }) => {
    const { blockedMs } = client.loop
    if (what === 'clear') settled.set(client, [...(settled.get(client) ?? []), { at: time.now, blockedMs }])
  })
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
    const issued = accounts.findIssued(read.record?.token?.accessToken ?? '')
    if (issued) see(read.client, issued)
    // The store was asked before, and has answered last.
    if (issued && read.tick < (found.get(read.client)?.readTick ?? -1)) overtaken.set(read.client, issued)
    const signOut = begunBy.get(read.record?.epoch ?? '')
    if (!signOut || isSecondLook(read) || signOut.tick <= (found.get(read.client)?.signOut.tick ?? -1)) return
    if (!issued || issued.origin > signOut.tick) found.set(read.client, { signOut, readTick: facts.tick })
  })
  facts.on('served', ({ client, issued, call, how }) => {
    see(client, issued)
    const known = found.get(client)
    const heard = known && call && call.tick > known.readTick ? known.signOut : undefined
    const ended = [own.get(client), heard].find((signOut) => signOut && issued.origin < signOut.tick)
    if (!ended) return
    const what = `${client.name} serves ${issued.accessToken}, which belongs to what was cleared (call ${call?.number}, ${how})`
    const excuse =
      overtaken.get(client) === issued
        ? 'read that a later one has overtaken'
        : excuseOf(issued, { landed: accounts.landingOf(issued), signOut: ended })
    if (excuse) facts.tell('excused', { excuse, why: what })
    else facts.tell('violated', what)
  })
}

function excuseOf(issued: Issued, { landed, signOut }: { landed: Landing | undefined; signOut: SignOut }): Excuse | undefined {
  const { tick, isKnownToAll, seen } = signOut
  if (landed && landed.tick > tick) return landed.excuse
  // Saved by somebody who could not know of it, and for nobody who could.
  return isKnownToAll || seen.has(issued) ? undefined : 'sign-out of which no store has taken the tombstone'
}
