import type { Call, Client } from '../facts.ts'
import type { World } from '../world.ts'

interface View {
  /** Who is signed in, as far as the client knows. */
  readonly user: string | undefined
  /** When that was so, in ticks. */
  readonly tick: number
  /** Whether it signs in anew: what the store holds does not count. */
  readonly isSigningIn: boolean
}

interface MadeFor {
  /** Who was signed in, as the client knew, or learned first. */
  known: string | undefined
  /** Who was signed in, as the store knew. */
  readonly stored: string | undefined
  /** As whom it was sent. */
  sentAs?: string
}

/** A call is carried out as the user for whom it was made: who was signed in then, as its client or the store knew. */
export function watchUsers({ facts, accounts, plan }: World): void {
  if (plan.grant !== 'authorization code' && plan.grant !== 'stored sign-in') return
  const views = new Views()
  const calls = new Map<Call, MadeFor>()
  const sentCodes = new Set<Client>()
  const clearedAt = new Map<Client, number>()
  let storedUser: string | undefined
  const learn = (client: Client, user: string | undefined, tick: number) => {
    if (!views.learn(client, user, tick)) return
    for (const [call, madeFor] of calls) if (call.client === client) madeFor.known ??= user
  }
  facts.on('stored', ({ client, record }) => {
    storedUser = accounts.findIssued(record?.token?.accessToken ?? '')?.family.user
    // Its sign-out may have ended somebody whom it had found meanwhile.
    if (record?.epoch && !record.token && !views.of(client).isSigningIn) learn(client, undefined, facts.tick)
  })
  facts.on('removed', () => {
    storedUser = undefined
  })
  const refused = new Set<Client>()
  facts.on('started', ({ client, user }) => user && views.signIn(client, user, facts.tick))
  facts.on('sent', ({ client, code }) => code !== undefined && sentCodes.add(client))
  facts.on('ended', ({ client, code, state }) => {
    if (code === undefined || state !== 'refused') return
    refused.add(client)
    views.endSignIn(client, facts.tick)
  })
  // Until its token is saved, its calls are made for whoever signs in, whatever it reads meanwhile.
  facts.on('event', ({ client, name }) => {
    if (name === 'acquired') views.endSignIn(client, facts.tick)
    if (name === 'cleared' && sentCodes.has(client) && views.of(client).isSigningIn) learn(client, undefined, facts.tick)
  })
  // Its callers have been told: from now on they call for whoever is signed in.
  facts.on('event', ({ client, name }) => {
    if (name === 'failed' && refused.delete(client)) learn(client, undefined, facts.tick)
  })
  facts.on('read', ({ client, record, tick }) => {
    const issued = accounts.findIssued(record?.token?.accessToken ?? '')
    const isCleared = issued && issued.origin < (clearedAt.get(client) ?? -1)
    if (record && !isCleared && !views.of(client).isSigningIn) learn(client, issued?.family.user, tick)
  })
  facts.on('called', (call) => {
    const { what, client, tick } = call
    if (what === 'clear') clearedAt.set(client, tick)
    // A code that was not sent yet is sent after it.
    if (what === 'clear' && !(views.of(client).isSigningIn && !sentCodes.has(client))) learn(client, undefined, tick)
    const { user: known, isSigningIn } = views.of(client)
    // Who is signed in elsewhere is not whom a client signs in.
    if (what === 'GET' || what === 'POST') calls.set(call, { known, stored: isSigningIn ? undefined : storedUser })
  })
  facts.on('served', ({ client, issued, call, how }) => {
    const { user } = issued.family
    const madeFor = how === 'sent' && call && calls.get(call)
    if (madeFor) {
      const { known, stored, sentAs } = madeFor
      const isRight = sentAs ? sentAs === user : known === undefined || known === user || stored === user
      const what = `call ${call.number} (${call.what} of ${client.name}) for ${sentAs ?? known} is sent as ${user}`
      if (!isRight) facts.tell('violated', what)
      madeFor.sentAs = user
    }
    learn(client, user, facts.tick)
  })
  facts.on('settled', (call) => calls.delete(call))
}

/** Who is signed in, as each client knows. */
class Views {
  readonly #views = new Map<Client, View>()

  of(client: Client): View {
    return this.#views.get(client) ?? { user: undefined, tick: -1, isSigningIn: false }
  }

  signIn(client: Client, user: string, tick: number): void {
    this.#views.set(client, { user, tick, isSigningIn: true })
  }

  endSignIn(client: Client, tick: number): void {
    const { user, isSigningIn } = this.of(client)
    if (isSigningIn) this.#views.set(client, { user, tick, isSigningIn: false })
  }

  /** Returns whether that is newer than what was known. */
  learn(client: Client, user: string | undefined, tick: number): boolean {
    if (tick < this.of(client).tick) return false
    this.#views.set(client, { user, tick, isSigningIn: false })
    return true
  }
}
