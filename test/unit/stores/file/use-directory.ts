import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { fileStore } from '../../../../src/stores/file/file-store.ts'
import { createRecord } from '../../../../src/token/record.ts'
import type { TokenStore } from '../../../../src/token/token-store.ts'

export const record = createRecord('k', '', { accessToken: 'secret', tokenType: 'Bearer', issuedAt: 0, expiresAt: 1 })
export const isPosix = process.platform !== 'win32'
export const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

/** A place for the directory of a store, new for each test: it is not there yet, and its parent is. */
export function useDirectory() {
  const place = {
    parent: '',
    directory: '',
    /** A store over it, as each process has one. */
    createStore: () => fileStore({ directory: place.directory }) as Required<TokenStore>,
    files: (): string[] => readdirSync(place.directory),
    fileWith: (suffix: string): string => join(place.directory, place.files().find((name) => name.endsWith(suffix)) ?? `none${suffix}`),
  }
  beforeEach(() => {
    place.parent = mkdtempSync(join(tmpdir(), 'tokenwell-file-'))
    place.directory = join(place.parent, 'store')
  })
  afterEach(() => rmSync(place.parent, { recursive: true }))
  return place
}
