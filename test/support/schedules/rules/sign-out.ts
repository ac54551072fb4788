import type { Call, Client, Issued, Read } from '../facts.ts'
import type { World } from '../world.ts'

// clear() looks once more, for the store's sake alone.
const looksAgainAfterMs = 60_000

/**
 * After `clear()` a client serves only what was asked for after it. So do the others, to whoever calls when they have found
 * in the store that it was cleared.
 */
export function watchSignOut({ facts, accounts, time }: World): void {
  const own = new Map<Client, number>()
  const found = new Map<Client, { clearTick: number; readTick: number }>()
  const clearedBy = new Map<string, number>()
  const settledAt = new Map<Client, number[]>()
  const isSecondLook = ({ client, startedAt }: Read) => settledAt.get(client)?.includes(startedAt - looksAgainAfterMs)
  facts.on('settled', ({ what, client }) => what === 'clear' && settledAt.set(client, [...(settledAt.get(client) ?? []), time.now]))
  facts.on('called', ({ what, client, tick }) => what === 'clear' && own.set(client, tick))
  // Which clear() an epoch has begun with: its tombstone says so.
  facts.on('told', ({ client, record }) => {
    if (record && !record.token && record.epoch) clearedBy.set(record.epoch, Math.max(own.get(client) ?? 0, clearedBy.get(record.epoch) ?? 0))
  })
  facts.on('read', (read) => {
    if (isSecondLook(read)) return
    const { client, record } = read
    const clearTick = clearedBy.get(record?.epoch ?? '')
    const issued = accounts.findIssued(record?.token?.accessToken ?? '')
    const isKnown = clearTick === undefined || (issued && issued.origin < clearTick) || clearTick <= (found.get(client)?.clearTick ?? -1)
    if (!isKnown) found.set(client, { clearTick, readTick: facts.tick })
  })
  facts.on('served', ({ client, issued, call, how }) => {
    if (isBefore(issued, own.get(client)) || isKnownToBeOld(issued, call, found.get(client))) {
      facts.tell('violated', `${client.name} serves ${issued.accessToken}, which belongs to what was cleared (call ${call?.number}, ${how})`)
    }
  })
}

const isBefore = ({ origin }: Issued, tick: number | undefined): boolean => tick !== undefined && origin < tick

function isKnownToBeOld(issued: Issued, call: Call | undefined, found: { clearTick: number; readTick: number } | undefined): boolean {
  return found !== undefined && call !== undefined && call.tick > found.readTick && isBefore(issued, found.clearTick)
}
