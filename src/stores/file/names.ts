import { createHash, randomBytes } from 'node:crypto'

/** Any key becomes 64 characters that every file system takes and keeps apart. */
export function fileNameOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

export const recordSuffix = '.json'
export const lockSuffix = '.lock'

/** A new name for a record that is being written. The process is in it, so that others can tell whether it still lives. */
export function temporaryName(name: string): string {
  return `${name}.${process.pid}-${randomBytes(8).toString('hex')}.tmp`
}

/** Which process writes, or wrote, this temporary file. `undefined` for any other file. */
export function writerOf(fileName: string): number | undefined {
  const pid = /^[0-9a-f]{64}\.(\d{1,10})-[0-9a-f]{16}\.tmp$/.exec(fileName)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

export function isRecordFile(fileName: string): boolean {
  return /^[0-9a-f]{64}\.json$/.test(fileName)
}

export function isLockFile(fileName: string): boolean {
  return /^[0-9a-f]{64}\.lock$/.test(fileName)
}

export function isFileOfOurs(fileName: string): boolean {
  return isRecordFile(fileName) || isLockFile(fileName) || writerOf(fileName) !== undefined
}
