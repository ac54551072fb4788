import { memoryStore } from '../../../src/stores/memory.ts'
import { Accounts } from './accounts.ts'
import { ApiServer } from './api-server.ts'
import { Context, createGrant } from './context.ts'
import { type Call, FactBus } from './facts.ts'
import { Notices, type SharedStore } from './faulty-store.ts'
import { type Dice, drawPlan, type FaultGroup, type Plan } from './plan.ts'
import { type ServerOptions, TokenServer } from './token-server.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Everything that a schedule is about: contexts over one store, and the servers that they ask. */
export class World {
  readonly time: VirtualTime
  readonly dice: Dice
  readonly plan: Plan
  readonly facts = new FactBus()
  readonly accounts: Accounts
  readonly server: TokenServer
  readonly api: ApiServer
  readonly shared: SharedStore
  readonly notices: Notices
  readonly calls = new Map<number, Call>()
  readonly contexts: Context[] = []
  areFaultsOn = false
  /** Who signed in last, where a person does. */
  user = 'ann'
  /** The refresh token that new managers of a `refreshToken()` grant get. */
  firstToken: string

  constructor(time: VirtualTime, dice: Dice) {
    this.time = time
    this.dice = dice
    this.plan = drawPlan(dice)
    const { facts, plan } = this
    this.accounts = new Accounts(time, facts, plan)
    this.firstToken = plan.grant === 'refresh token' ? this.accounts.createFirstToken(this.user).name : ''
    const options: ServerOptions = { time, facts, dice, plan, accounts: this.accounts, isOn: (group) => this.isOn(group) }
    this.server = new TokenServer(options)
    this.api = new ApiServer(options, this.calls)
    this.shared = { inner: memoryStore(), time, facts, dice, key: '', holder: undefined, faultRate: () => this.#storeRate() }
    this.notices = new Notices(time, facts)
  }

  isOn(group: FaultGroup): boolean {
    return this.areFaultsOn && this.plan.groups.has(group)
  }

  /** The first contexts. Where a sign-in is stored, somebody has signed in before, and gone. */
  async begin(): Promise<void> {
    const { plan, dice } = this
    for (let i = 1; i <= plan.contexts; i++) this.contexts.push(new Context(this, i))
    const [first] = this.contexts as [Context]
    if (plan.grant === 'stored sign-in' || (plan.grant === 'authorization code' && dice.chance(0.3))) {
      first.start(createGrant(this, { user: this.user }), this.user)
      first.getToken()
      await this.time.pass(1000)
    }
    const isSignIn = plan.grant === 'authorization code' && this.calls.size === 0
    for (const context of this.contexts) {
      const user = isSignIn && context === first ? this.user : undefined
      context.start(createGrant(this, { user }), user)
    }
    this.areFaultsOn = true
  }

  dispose(): void {
    for (const { client } of this.contexts) client.manager.dispose()
  }

  #storeRate(): number {
    const { storm, storeRate } = this.plan
    if (!this.isOn('store')) return 0
    return this.time.now >= storm[0] && this.time.now < storm[1] ? 0.7 : storeRate
  }
}
