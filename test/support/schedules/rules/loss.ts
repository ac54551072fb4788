import type { Call, Excuse, RefreshToken } from '../facts.ts'
import { isHeldByPerson } from '../plan.ts'
import type { World } from '../world.ts'

/**
 * When all is quiet, the successor that the server gave is in the store, or its predecessor is gone from it; and a person is
 * signed in everywhere, or nowhere; nowhere only where the last sign-in has ended.
 */
export function watchLoss({ facts, accounts, plan }: World): void {
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
    for (const token of accounts.refreshTokens) {
      const isOfLast = token.family === last.family && token.origin === last.origin
      if (isOfLast && accounts.isPresentable(token))
        tell(token, `${token.name} is good, and nobody is signed in`, endedLateBy ? 'write of unknown outcome' : undefined)
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

const isUsed = ({ presentations, successor }: RefreshToken): boolean =>
  successor !== undefined && presentations.some(({ state }) => state === 'granted')
