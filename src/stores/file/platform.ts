import type { BigIntStats } from 'node:fs'

/** The code of Node (`ENOENT`), where there is one. */
export function errorCode(thrown: unknown): string | undefined {
  const { code } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** Whether SQLite reports this primary result code. */
export function isSqliteError(thrown: unknown, primaryCode: number): boolean {
  const { errcode } = thrown as { errcode?: unknown }
  // The low byte: the others tell variants of one error apart.
  return typeof errcode === 'number' && (errcode & 0xff) === primaryCode
}

const cannotOpen = 14

/** Whether a file, or its directory, is not there: Node and SQLite have a word each for it. */
export function hasGone(thrown: unknown): boolean {
  return errorCode(thrown) === 'ENOENT' || isSqliteError(thrown, cannotOpen)
}

/** Tells a file or directory from one that came later into its place: inodes are used again. */
export function identityOf({ ino, birthtimeNs }: BigIntStats): string {
  return `${ino}:${birthtimeNs}`
}
