import type { TokenRecord } from '../../../src/token/token-store.ts'
import type { Client, FactBus, Issued, TokenRequest } from './facts.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What happened in a schedule, for a reader: a line a fact. */
export class Trace {
  readonly lines: string[] = []
  readonly #time: VirtualTime
  // Random ids and epochs get short names, in the order of their first use.
  readonly #names = new Map<string, string>()

  constructor(time: VirtualTime, facts: FactBus) {
    this.#time = time
    facts.on('started', ({ client, user }) => this.#note(client, `starts${user ? `, for ${user}` : ''}`))
    facts.on('called', ({ client, what, number }) => this.#note(client, `call ${number}: ${what}`))
    facts.on('settled', ({ client, what, number, outcome }) => this.#note(client, `call ${number}: ${what} → ${describe(outcome)}`))
    facts.on('sent', (request) => this.#note(request.client, `request ${request.number}: ${describeRequest(request)}`))
    facts.on('carriedOut', ({ number, granted }) =>
      this.#note('server', `request ${number} carried out: ${granted ? describeIssued(granted) : 'refused'}`),
    )
    facts.on('ended', ({ client, number, state, status }) =>
      this.#note(client, `request ${number}: ${state}${status ? ` (${status})` : ''}`),
    )
    facts.on('judged', ({ call, issued, status }) =>
      this.#note('api', `call ${call.number} with ${issued?.accessToken} of ${issued?.family.user}: ${status}`),
    )
    facts.on('served', ({ client, issued, call, how }) => this.#note(client, `call ${call?.number}: ${how} ${issued.accessToken}`))
    facts.on('stored', ({ client, record }) => this.#note('store', `${client.name} wrote ${this.#describeRecord(record)}`))
    facts.on('removed', ({ client }) => this.#note('store', `${client.name} deleted`))
    facts.on('told', ({ client, record, told }) =>
      this.#note(client, `${record ? `write of ${this.#describeRecord(record)}` : 'delete'}: ${told}`),
    )
    facts.on('read', ({ client, record }) => this.#note(client, `read ${record ? this.#describeRecord(record) : 'nothing'}`))
    facts.on('locked', ({ client }) => this.#note(client, 'has the lock'))
    facts.on('unlocked', ({ client }) => this.#note(client, 'done under the lock'))
    facts.on('lapsed', ({ client }) => this.#note(client, 'lock has lapsed'))
    facts.on('event', ({ client, name, event }) => this.#note(client, `event ${name} ${describeEvent(event)}`))
    facts.on('fault', ({ name, where }) => this.#note('fault', `${name}: ${where}`))
    facts.on('excused', ({ excuse, why }) => this.#note('rules', `excused (${excuse}): ${why}`))
    facts.on('violated', (what) => this.#note('rules', `VIOLATED: ${what}`))
  }

  #note(who: Client | string, what: string): void {
    const name = typeof who === 'string' ? who : who.loop.isBlocked ? `${who.name}·` : who.name
    this.lines.push(`${(this.#time.now / 1000).toFixed(3).padStart(9)}  ${name.padEnd(6)}  ${what}`)
  }

  #describeRecord(record: TokenRecord | undefined): string {
    if (!record) return 'nothing'
    const { id, epoch, token, refusal } = record
    const what = token ? `${token.accessToken}/${token.refreshToken ?? 'none'}` : 'tombstone'
    return `${this.#nameOf('r', id)} ${epoch ? this.#nameOf('e', epoch) : 'e-'} ${what}${refusal ? ` refused ${refusal.times}×` : ''}`
  }

  #nameOf(prefix: string, text: string): string {
    const name = this.#names.get(text) ?? `${prefix}${this.#names.size + 1}`
    this.#names.set(text, name)
    return name
  }
}

function describeRequest({ way, refreshToken, code, accessToken }: TokenRequest): string {
  return [way, refreshToken?.name ?? code ?? accessToken].filter(Boolean).join(' ')
}

function describeIssued({ accessToken, refreshToken, family }: Issued): string {
  return `${accessToken}/${refreshToken?.name ?? 'none'} of ${family.user}, family ${family.number}`
}

function describeEvent(event: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(event, (name, value) => (/^(at|issuedAt|expiresAt)$/.test(name) ? undefined : value))
}

/** An outcome of a call. */
export function describe(outcome: unknown): string {
  if (outcome instanceof Response) return `status ${outcome.status}`
  if (outcome instanceof Error) return `${outcome.name}${'code' in outcome ? ` ${String(outcome.code)}` : ''}: ${outcome.message}`
  return typeof outcome === 'object' && outcome !== null && 'accessToken' in outcome ? String(outcome.accessToken) : String(outcome)
}
