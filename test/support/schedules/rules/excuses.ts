import type { Client, Excuse, Holding, RefreshToken, Write } from '../facts.ts'
import type { World } from '../world.ts'

/**
 * Notes at each refresh token which names excuse that it is presented again: what a store has done, or not done, that no
 * context can know of. A write that is refused excuses nothing by itself, since the used record is then deleted.
 */
export function noteExcuses({ facts, accounts }: World): void {
  const tokenOf = ({ record }: Write) => accounts.findRefreshToken(record?.token?.refreshToken ?? '')
  noteUnknownWrites()
  noteRefusedDeletes()
  noteUnstoredFirstTokens()
  noteLapses()
  noteCrossings()

  /** Its predecessor may still be found, and it may be found itself when it lands late. */
  function noteUnknownWrites(): void {
    facts.on('told', (write) => {
      if (write.told !== 'unknown') return
      for (const token of withPredecessor(tokenOf(write))) token.excusedBy.add('write of unknown outcome')
    })
    facts.on('stored', (write) => write.told === 'unknown' && noteLanding(write, 'write of unknown outcome'))
  }

  function noteLanding({ record }: Write, excuse: Excuse): void {
    const issued = accounts.findIssued(record?.token?.accessToken ?? '')
    if (issued) issued.family.landed = { tick: facts.tick, excuse }
  }

  /** The predecessor stays in the store. */
  function noteRefusedDeletes(): void {
    const refused = new Map<string, RefreshToken | undefined>()
    let stored: RefreshToken | undefined
    facts.on('stored', (write) => {
      stored = tokenOf(write)
    })
    // It may come late, when there is another record.
    facts.on('removed', ({ told }) => {
      if (told === 'unknown' && stored) for (const token of [stored, firstOf(stored)]) token.excusedBy.add('delete that is refused too')
      stored = undefined
    })
    facts.on('told', (write) => {
      const { client, record, told } = write
      if (record) {
        if (told === 'refused') refused.set(client.name, tokenOf(write)?.predecessor)
        else refused.delete(client.name)
      } else if (told !== 'saved') refused.get(client.name)?.excusedBy.add('delete that is refused too')
    })
  }

  /** Nothing in the store says that it was used, and the others hold it themselves. */
  function noteUnstoredFirstTokens(): void {
    facts.on('told', (write) => {
      const token = tokenOf(write)
      if (!token) return
      const first = firstOf(token)
      if (write.told === 'refused' && !token.isFirst) first.excusedBy.add('first token whose successor no store has taken')
      if (write.told === 'saved') first.excusedBy.delete('first token whose successor no store has taken')
    })
  }

  /** What the holder has presented, and presents and writes from now on, it does not do alone. */
  function noteLapses(): void {
    const lapsed = new Set<Holding>()
    const excuse = (token: RefreshToken | undefined) => token?.excusedBy.add('holder suspended past its lease')
    facts.on('lapsed', (holding) => {
      lapsed.add(holding)
      for (const token of accounts.refreshTokens) {
        if (token.presentations.some(({ client, tick }) => client === holding.client && tick > holding.tick)) excuse(token)
      }
    })
    facts.on('unlocked', (holding) => lapsed.delete(holding))
    const isLapsed = (name: string) => [...lapsed].some(({ client }) => client.name === name)
    facts.on('sent', ({ client, refreshToken }) => isLapsed(client.name) && excuse(refreshToken))
    facts.on('told', (write) => isLapsed(write.client.name) && withPredecessor(tokenOf(write)).forEach(excuse))
    let stored: RefreshToken | undefined
    facts.on('stored', (write) => {
      // It takes the place of what others have written since.
      if (isLapsed(write.client.name)) {
        noteLanding(write, 'holder suspended past its lease')
        excuse(stored)
      }
      stored = tokenOf(write)
    })
  }

  /** Without the lock, or where the store answers with what it held before, a sign-out cannot be seen before the token is saved. */
  function noteCrossings(): void {
    const looked = new Map<Client, number>()
    let lastTombstone = -1
    facts.on('read', ({ client, tick }) => looked.set(client, tick))
    facts.on('stored', (write) => {
      const { record } = write
      if (record?.epoch && !record.token) lastTombstone = facts.tick
      else if ((lookedAtWriting.get(write) ?? -1) < lastTombstone)
        noteLanding(write, 'token saved beside a sign-out by a context that had looked before it')
    })
    const lookedAtWriting = new Map<Write, number>()
    facts.on('writing', (write) => lookedAtWriting.set(write, looked.get(write.client) ?? -1))
  }
}

function firstOf(token: RefreshToken): RefreshToken {
  return token.predecessor ? firstOf(token.predecessor) : token
}

function withPredecessor(token: RefreshToken | undefined): RefreshToken[] {
  return [token, token?.predecessor].filter((each) => each !== undefined)
}
