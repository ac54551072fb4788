import { createSeededRandom, type SeededRandom } from '../../../src/testing/seeded-random.ts'

/** What the managers of a schedule hold. */
export const grantKinds = [
  'client credentials',
  'client credentials, renewed by access token',
  'password',
  'refresh token',
  'authorization code',
  'stored sign-in',
] as const

export type GrantKind = (typeof grantKinds)[number]

export const faultGroups = ['replies', 'accounts', 'api', 'store', 'clocks', 'loops', 'sign-outs'] as const

export type FaultGroup = (typeof faultGroups)[number]

/** Everything of a schedule that is settled before it begins. */
export interface Plan {
  readonly grant: GrantKind
  readonly contexts: number
  readonly hasNotices: boolean
  readonly lifetimeS: number
  /** Whether each renewal gives a new refresh token. */
  readonly rotates: boolean
  /** What becomes of a refresh token that was used and comes again. */
  readonly afterReuse: 'revokes the family' | 'gives the same successor' | 'refuses'
  readonly groups: ReadonlySet<FaultGroup>
  /** How often faults strike, 0 to 1. */
  readonly replyRate: number
  readonly storeRate: number
  /** When all operations of the store are struck often, ms since the begin. */
  readonly storm: readonly [from: number, to: number]
  readonly actions: number
}

/** Draws from a seed. */
export class Dice {
  readonly #random: SeededRandom

  constructor(seed: number) {
    this.#random = createSeededRandom(seed)
  }

  next(): number {
    return this.#random.next()
  }

  chance(share: number): boolean {
    return this.#random.next() < share
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random.next() * (most - least + 1))
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random.next() * items.length)] as T
  }
}

/** Whether a person holds the grant: without what the server gave, nobody but that person gets a token. */
export function isHeldByPerson(grant: GrantKind): boolean {
  return grant === 'refresh token' || grant === 'authorization code' || grant === 'stored sign-in'
}

export function drawPlan(dice: Dice): Plan {
  const grant = dice.pick(grantKinds)
  // Few of them: with all that can go wrong at once, nothing is to be seen.
  const groups = new Set(faultGroups.filter(() => dice.chance(0.35)))
  const stormAt = dice.between(0, 200_000)
  return {
    grant,
    groups,
    contexts: dice.between(2, 5),
    hasNotices: dice.chance(0.5),
    lifetimeS: dice.between(20, 120),
    // The caller's own refresh token that stays good would need no store.
    rotates: grant === 'refresh token' || dice.chance(0.85),
    afterReuse: dice.pick(['revokes the family', 'gives the same successor', 'refuses']),
    replyRate: 0.05 + dice.next() * 0.45,
    storeRate: 0.03 + dice.next() * 0.2,
    storm: [stormAt, stormAt + dice.between(5_000, 90_000)],
    actions: 25,
  }
}

export function describePlan({ grant, contexts, hasNotices, rotates, afterReuse, groups }: Plan): string {
  const server = rotates ? `reuse ${afterReuse}` : 'refresh tokens stay'
  const faults = [...groups].join(' + ') || 'no faults'
  return `${contexts} contexts${hasNotices ? ' with notices' : ''}, ${grant}, ${server}; ${faults}`
}
