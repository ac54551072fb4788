/** 128 random bits. Not `crypto.randomUUID`: pages without TLS have none. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
