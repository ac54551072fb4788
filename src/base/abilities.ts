import { check } from './check.ts'
import { freezeOwn } from './plain-data.ts'

// Registered, so that a profile works that another copy of this package has made. Enumerable, so that `{ ...provider }` has it too.
// The number is that of the functions' signatures: it changes with them, so that a copy never calls those of a copy that has others.
const key: unique symbol = Symbol.for('tokenwell.abilities.1') as never

interface Bearer {
  readonly [key]?: Readonly<Record<string, unknown>>
}

/**
 * A copy of a profile or a grant that brings along the functions which carry out what it says beyond plain OAuth 2, each under the
 * option that needs it, beside those that are there. So a bundler leaves out what no profile of a program uses.
 */
export function bringAlong<T extends object>(value: T, abilities: Readonly<Record<string, unknown>>): T {
  return freezeOwn({ ...value, [key]: Object.freeze({ ...(value as Bearer)[key], ...abilities }) })
}

/**
 * What carries out a field of a profile or a grant.
 * @throws ConfigurationError where it was not brought along: the profile was written by hand, or copied by JSON
 */
export function abilityOf<T>(bearer: object, option: string): T {
  const ability = findAbility(bearer, option)
  check(option, ability !== undefined, 'works only in what defineProvider() or customGrant() returns: pass yours through it')
  return ability as T
}

/** What was brought along under that option, if anything was. */
export function findAbility<T>(bearer: object, option: string): T | undefined {
  return (bearer as Bearer)[key]?.[option] as T | undefined
}
