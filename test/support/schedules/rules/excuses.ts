import type { TokenRecord } from '../../../../src/token/token-store.ts'
import type { Client, Excuse, Holding, RefreshToken, Write } from '../facts.ts'
import type { World } from '../world.ts'

/**
 * Notes at each refresh token which names excuse that it is presented again: what a store has done, or not done, that no
 * context can know of. A write that is refused excuses nothing by itself, since the used record is then deleted.
 */
export function noteExcuses({ facts, accounts, plan, shared }: World): void {
  const tokenOf = ({ record }: Write) => accounts.findRefreshToken(record?.token?.refreshToken ?? '')
  noteUnknownWrites()
  noteRefusedDeletes()
  noteUnstoredFirstTokens()
  noteLapses()
  noteCrossings()
  noteUnlockedNotes()
  noteWrongClocks()

  /** Its predecessor may still be found, and it may be found itself when it lands late. */
  function noteUnknownWrites(): void {
    facts.on('told', (write) => {
      if (write.told !== 'unknown') return
      for (const token of withPredecessor(tokenOf(write))) token.excusedBy.add('write of unknown outcome')
    })
    let stored: RefreshToken | undefined
    facts.on('stored', (write) => {
      const token = tokenOf(write)
      if (write.told === 'unknown') {
        noteLanding(write, 'write of unknown outcome')
        // It takes the place of what came after it, and nobody can know that.
        for (const lost of [stored, ...successorsOf(token)]) if (lost !== token) lost?.excusedBy.add('write of unknown outcome')
      }
      stored = token
    })
    facts.on('removed', () => {
      stored = undefined
    })
  }

  function noteLanding({ record }: Write, excuse: Excuse): void {
    const issued = accounts.findIssued(record?.token?.accessToken ?? '')
    if (issued) issued.landed = { tick: facts.tick, excuse }
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

  /** Who holds a grant that can be asked again notes a refusal without the lock: another's token may be written over meanwhile. */
  function noteUnlockedNotes(): void {
    const excuse = 'note of a refusal written over a token without the lock'
    const replaced = new Set<string>()
    const unlocked = new Set<Write>()
    let stored: TokenRecord | undefined
    facts.on('writing', (write) => write.record?.token && shared.holder?.client !== write.client && unlocked.add(write))
    facts.on('stored', (write) => {
      const { record } = write
      if (record && stored && record.id !== stored.id) replaced.add(stored.id)
      if (record && replaced.has(record.id) && unlocked.has(write)) {
        noteLanding(write, excuse)
        tokenOf(write)?.excusedBy.add(excuse)
      }
      stored = record
    })
  }

  /** A record that a clock of days ago has dated ends at once, and one of today counts as older than it is. */
  function noteWrongClocks(): void {
    if (!plan.groups.has('clocks')) return
    const clears = new Map<Client, number>()
    let stored: { readonly write: Write; readonly tick: number } | undefined
    let isEnded = false
    facts.on('called', ({ what, client, tick }) => what === 'clear' && clears.set(client, tick))
    facts.on('stored', (write) => {
      if (isEnded) noteLanding(write, 'record that a wrong clock has ended early')
      if (write.record && !write.record.token) isEnded = false
      stored = { write, tick: facts.tick }
    })
    facts.on('read', ({ record, tick }) => {
      if (!record && stored && tick > stored.tick) isEnded = true
    })
    facts.on('removed', ({ client }) => {
      const token = stored && tokenOf(stored.write)
      if (token && token.origin > (clears.get(client) ?? Infinity))
        token.excusedBy.add('sign-in that a wrong clock dates before a sign-out')
      stored = undefined
    })
  }
}

function successorsOf(token: RefreshToken | undefined): RefreshToken[] {
  return token?.successor ? [token.successor, ...successorsOf(token.successor)] : []
}

function firstOf(token: RefreshToken): RefreshToken {
  return token.predecessor ? firstOf(token.predecessor) : token
}

function withPredecessor(token: RefreshToken | undefined): RefreshToken[] {
  return [token, token?.predecessor].filter((each) => each !== undefined)
}
