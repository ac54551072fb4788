import { toHex } from './hex.ts'

/** 128 random bits. Not `crypto.randomUUID`: pages without TLS have none. */
export function randomId(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)))
}
