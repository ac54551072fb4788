import type { SeededRandom } from '../seeded-random.ts'

/**
 * A token of a JWT's shape: header, claims and a signature of the right length that verifies nothing. Clients of an
 * API have no key to check one with; the emulation knows its tokens by their text.
 */
export function createFakeJwt(claims: Readonly<Record<string, unknown>>, random: Pick<SeededRandom, 'text'>): string {
  const header = encodeSegment({ alg: 'HS256', typ: 'JWT' })
  return `${header}.${encodeSegment(claims)}.${random.text(43)}`
}

/** An instant as a claim: whole seconds. Those of tokens that live less than a minute keep their fraction: rounding would take too much away. */
export function toNumericDate(at: number, lifetimeMs: number): number {
  return lifetimeMs < 60_000 ? at / 1000 : Math.floor(at / 1000)
}

function encodeSegment(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}
