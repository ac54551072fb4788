import type { TokenRecord } from '../../../../src/token/token-store.ts'
import type { Call, Client, Excuse, Issued, RefreshToken, TokenRequest } from '../facts.ts'
import { isHeldByPerson } from '../plan.ts'
import type { World } from '../world.ts'

/**
 * When all is quiet, the successor that the server gave is in the store, or its predecessor is gone from it; and a person is
 * signed in everywhere, or nowhere; nowhere only where the last sign-in has ended.
 */
export function watchLoss(world: World): void {
  const { facts, accounts, plan } = world
  const { ended, replaced } = findEndedUnseen(world)
  let lastSignOut = -1
  // By a write of which nobody knew whether it would still arrive.
  let endedLateBy: string | undefined
  facts.on('stored', ({ record, told }) => {
    if (told === 'unknown' && record && !record.token) endedLateBy = record.id
    // A note on it is written under its id.
    else if (record?.id !== endedLateBy) endedLateBy = undefined
  })
  const noteSignOut = ({ what }: Call) => {
    if (what === 'clear') lastSignOut = facts.tick
  }
  facts.on('called', noteSignOut)
  facts.on('settled', noteSignOut)
  facts.on('quiet', ({ calls, record }) => {
    const stored = accounts.findRefreshToken(record?.token?.refreshToken ?? '')
    if (stored && isUsed(stored) && !stored.family.revoked) tell(stored, `the store holds ${stored.name}, which was used`)
    if (!isHeldByPerson(plan.grant)) return
    const unserved = calls.filter(({ outcome }) => !(outcome instanceof Response && outcome.status === 200))
    if (unserved.length === 0) return
    if (unserved.length < calls.length) {
      facts.tell('violated', `signed in, but not ${unserved.map(({ client }) => client.name).join(', ')}`)
    }
    const signIns = [...accounts.issued].filter(({ request }) => request.way === 'ask' && request.state === 'granted')
    const last = signIns.at(-1)
    if (!last || last.request.begunTick < lastSignOut) return
    const excuse = endedLateBy ? 'write of unknown outcome' : excuseOfLast(last)
    for (const token of accounts.refreshTokens) {
      const isOfLast = token.family === last.family && token.origin === last.origin
      if (isOfLast && accounts.isPresentable(token)) tell(token, `${token.name} is good, and nobody is signed in`, excuse)
    }
  })

  function excuseOfLast({ request, family }: Issued): Excuse | undefined {
    const isReplaced = [...replaced].some((text) => accounts.findRefreshToken(text)?.family === family)
    return ended.has(request) || isReplaced ? 'sign-out or sign-in that a failed or lagging read has hidden' : undefined
  }

  function excuseOf(token: RefreshToken): Excuse | undefined {
    const [excuse] = [...token.excusedBy, ...(token.predecessor?.excusedBy ?? [])]
    if (excuse || token.isFirst) return excuse
    const isGiven = [...accounts.issued].some(({ refreshToken, request }) => refreshToken === token && request.state === 'granted')
    return isGiven ? undefined : 'repeat after a lost reply'
  }

  function tell(token: RefreshToken, what: string, excuse = excuseOf(token)): void {
    if (excuse) facts.tell('excused', { excuse, why: what })
    else facts.tell('violated', what)
  }
}

/**
 * What a failed or lagging read has ended. `ended`: the codes that were sent after a sign-out which their client could not find, since its read under the lock had failed or
 * lagged, and whose tokens it then dropped: when it finds the sign-out, nobody can tell it that it came before the code was sent. `replaced`: the
 * refresh tokens of sign-ins that another one has written over, whose client could not see them.
 */
function findEndedUnseen({ facts }: World): { ended: ReadonlySet<TokenRequest>; replaced: ReadonlySet<string> } {
  const looked = new Map<Client, number>()
  const blinded = new Set<string>()
  const sent = new Map<Client, TokenRequest>()
  const ended = new Set<TokenRequest>()
  const lagging = new Set<string>()
  let lastSignOut = -1
  facts.on('read', ({ client, tick }) => {
    if (lagging.delete(client.name)) return void blinded.add(client.name)
    looked.set(client, tick)
    blinded.delete(client.name)
  })
  facts.on('fault', ({ name, where }) => {
    if (name === 'read rejects' || name === 'read is silent') blinded.add(where)
    if (name === 'read is stale') lagging.add(where)
  })
  // A tombstone, or a deletion where none could be written.
  const replaced = new Set<string>()
  let live: TokenRecord | undefined
  facts.on('stored', ({ client, record }) => {
    if (!record?.token) lastSignOut = facts.tick
    const before = live?.token?.refreshToken
    if (record?.token && before && record.epoch !== live?.epoch && blinded.has(client.name)) replaced.add(before)
    live = record
  })
  facts.on('removed', () => {
    lastSignOut = facts.tick
    live = undefined
  })
  facts.on('sent', (request) => {
    const { client, code } = request
    const isHidden = blinded.has(client.name) && (looked.get(client) ?? -1) < lastSignOut
    if (code !== undefined && isHidden) sent.set(client, request)
  })
  facts.on('event', ({ client, name }) => {
    const request = sent.get(client)
    if (name === 'cleared' && request) ended.add(request)
    if (name === 'cleared' || name === 'acquired') sent.delete(client)
  })
  return { ended, replaced }
}

const isUsed = ({ presentations, successor }: RefreshToken): boolean =>
  successor !== undefined && presentations.some(({ state }) => state === 'granted')
