import { toHex } from '../base/hex.ts'

/** MD5 (RFC 1321) of a string's UTF-8 bytes, in hex: WebCrypto has none, and Dive wants it. It protects nothing. */
export function md5(text: string): string {
  const words = toPaddedWords(new TextEncoder().encode(text))
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476]
  for (let offset = 0; offset < words.length; offset += 16) {
    const block = words.subarray(offset, offset + 16)
    let [a = 0, b = 0, c = 0, d = 0] = state
    for (let step = 0; step < 64; step++) {
      const [mixed, index] = mix(step, b, c, d)
      const sum = (a + mixed + sine(step) + (block[index] as number)) | 0
      const shift = shifts[(step >> 4) * 4 + (step % 4)] as number
      const rotated = (sum << shift) | (sum >>> (32 - shift))
      ;[a, d, c, b] = [d, c, b, (b + rotated) | 0]
    }
    for (const [index, value] of [a, b, c, d].entries()) state[index] = ((state[index] as number) + value) | 0
  }
  const bytes = new Uint8Array(new Int32Array(state).buffer)
  return toHex(bytes)
}

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

/** RFC 1321 §3.4: T[i] is the integer part of 2^32 times abs(sin(i)). */
function sine(step: number): number {
  return (Math.abs(Math.sin(step + 1)) * 2 ** 32) | 0
}

/** The round's function of its three words, and which word of the block it is added to. */
function mix(step: number, b: number, c: number, d: number): [number, number] {
  if (step < 16) return [(b & c) | (~b & d), step]
  if (step < 32) return [(b & d) | (c & ~d), (5 * step + 1) % 16]
  if (step < 48) return [b ^ c ^ d, (3 * step + 5) % 16]
  return [c ^ (b | ~d), (7 * step) % 16]
}

/** RFC 1321 §3.1 and §3.2: a 1 bit, zeros, and the length in bits, little-endian, in blocks of 16 words. */
function toPaddedWords(bytes: Uint8Array): Int32Array {
  const words = new Int32Array((((bytes.length + 8) >> 6) + 1) * 16)
  for (let index = 0; index <= bytes.length; index++) {
    const byte = index < bytes.length ? (bytes[index] as number) : 0x80
    words[index >> 2] = (words[index >> 2] as number) | (byte << ((index % 4) * 8))
  }
  words[words.length - 2] = bytes.length * 8
  return words
}
