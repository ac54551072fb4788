/** Random strings that are the same for the same seed, so that a run can be repeated. Not for real secrets. */
export interface SeededRandom {
  /** A number in [0, 1). */
  next(): number
  /** A string over an alphabet. @default letters and digits */
  text(length: number, alphabet?: string): string
  uuid(): string
  /** Starts again from the seed. */
  reset(): void
}

const lettersAndDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Makes a {@link SeededRandom} (the mulberry32 generator). */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0

  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const text = (length: number, alphabet = lettersAndDigits): string => {
    let result = ''
    while (result.length < length) result += alphabet[Math.floor(next() * alphabet.length)]
    return result
  }

  const hex = (length: number): string => text(length, '0123456789abcdef')

  return {
    next,
    text,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${text(1, '89ab')}${hex(3)}-${hex(12)}`,
    reset: () => {
      state = seed >>> 0
    },
  }
}
