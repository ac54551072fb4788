import type { Call, Client, Excuse, RefreshToken, TokenRequest } from '../facts.ts'
import { isHeldByPerson } from '../plan.ts'
import type { World } from '../world.ts'

/**
 * When all is quiet, the successor that the server gave is in the store, or its predecessor is gone from it; and a person is
 * signed in everywhere, or nowhere; nowhere only where the last sign-in has ended.
 */
export function watchLoss(world: World): void {
  const { facts, accounts, plan } = world
  const ended = findEndedByHiddenSignOut(world)
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
    const excuse = endedLateBy ? 'write of unknown outcome' : ended.has(last.request) ? 'sign-out that a failed read has hidden' : undefined
    for (const token of accounts.refreshTokens) {
      const isOfLast = token.family === last.family && token.origin === last.origin
      if (isOfLast && accounts.isPresentable(token)) tell(token, `${token.name} is good, and nobody is signed in`, excuse)
    }
  })

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
 * The codes that were sent after a sign-out which their client could not find, since its read under the lock had failed, and
 * whose tokens it then dropped: when it finds the sign-out, nobody can tell it that it came before the code was sent.
 */
function findEndedByHiddenSignOut({ facts }: World): ReadonlySet<TokenRequest> {
  const looked = new Map<Client, number>()
  const blinded = new Set<string>()
  const sent = new Map<Client, TokenRequest>()
  const ended = new Set<TokenRequest>()
  let lastTombstone = -1
  facts.on('read', ({ client, tick }) => {
    looked.set(client, tick)
    blinded.delete(client.name)
  })
  facts.on('fault', ({ name, where }) => (name === 'read rejects' || name === 'read is silent') && blinded.add(where))
  facts.on('stored', ({ record }) => {
    if (record?.epoch && !record.token) lastTombstone = facts.tick
  })
  facts.on('sent', (request) => {
    const { client, code } = request
    const isHidden = blinded.has(client.name) && (looked.get(client) ?? -1) < lastTombstone
    if (code !== undefined && isHidden) sent.set(client, request)
  })
  facts.on('event', ({ client, name }) => {
    const request = sent.get(client)
    if (name === 'cleared' && request) ended.add(request)
    if (name === 'cleared' || name === 'acquired') sent.delete(client)
  })
  return ended
}

const isUsed = ({ presentations, successor }: RefreshToken): boolean =>
  successor !== undefined && presentations.some(({ state }) => state === 'granted')
