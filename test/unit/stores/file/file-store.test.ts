import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TokenStoreError } from '../../../../src/base/errors.ts'
import { readStoredValue } from '../../../../src/token/stored-answer.ts'
import { isPosix, record, useDirectory } from './use-directory.ts'

const place = useDirectory()
afterEach(() => {
  vi.restoreAllMocks()
})

describe('fileStore: records', () => {
  it.each([
    ['empty', () => ''],
    ['truncated', (text: string) => text.slice(0, -9)],
    ['not JSON', () => '\0\0\0\0'],
    ['null', () => 'null'],
    ['far too large', (text: string) => text + ' '.repeat(5 * 1024 * 1024)],
  ])('a file that is %s → a miss, and replaced by the next record', async (_, spoil) => {
    const store = place.createStore()
    await store.set('k', record)
    writeFileSync(place.fileWith('.json'), spoil(readFileSync(place.fileWith('.json'), 'utf8')))
    expect(await store.get('k')).toBeUndefined()
    await store.set('k', record)
    expect(await store.get('k')).toEqual(record)
  })

  it.each<[string, unknown, string]>([
    ['of another key', { ...record, key: 'other' }, 'nothing'],
    ['of an older version', { ...record, version: 0 }, 'nothing'],
    ['of a newer version', { version: 2, new: true }, 'unknown'],
    ['no record at all', [], 'nothing'],
  ])('JSON that is %s → given as it is, for the caller to judge', async (_, value, judged) => {
    const store = place.createStore()
    await store.set('k', record)
    writeFileSync(place.fileWith('.json'), JSON.stringify(value))
    const stored = await store.get('k')
    expect(stored).toEqual(value)
    expect(readStoredValue('k', stored).is).toBe(judged)
  })

  it.runIf(isPosix)('a symbolic link in its place → refused, and replaced without a look at where it leads', async () => {
    const store = place.createStore()
    await store.set('k', record)
    const [path, elsewhere] = [place.fileWith('.json'), join(place.parent, 'elsewhere')]
    writeFileSync(elsewhere, JSON.stringify(record))
    rmSync(path)
    symlinkSync(elsewhere, path)
    await expect(store.get('k')).rejects.toThrow(/symbolic link/)
    await store.set('k', { ...record, id: 'new' })
    expect(await store.get('k')).toEqual({ ...record, id: 'new' })
    expect(readFileSync(elsewhere, 'utf8')).toBe(JSON.stringify(record))
  })

  it('a directory in its place → TokenStoreError', async () => {
    const store = place.createStore()
    await store.set('k', record)
    const path = place.fileWith('.json')
    rmSync(path)
    mkdirSync(path)
    await expect(store.get('k')).rejects.toBeInstanceOf(TokenStoreError)
    await expect(store.set('k', record)).rejects.toBeInstanceOf(TokenStoreError)
    expect(place.files()).toHaveLength(1)
  })

  it('changed by the caller after set() → stored as it was', async () => {
    const store = place.createStore()
    const given = { ...record }
    const stored = store.set('k', given)
    given.id = 'changed'
    await stored
    expect(await store.get('k')).toEqual(record)
  })

  it('an error → names no token', async () => {
    writeFileSync(place.directory, '')
    const error = await place
      .createStore()
      .set('k', record)
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'store_failed', retryable: true })
    expect(JSON.stringify(error) + String(error) + String((error as Error).cause)).not.toContain('secret')
  })
})

describe.runIf(isPosix)('fileStore: what a crash would leave', () => {
  interface Sync {
    of: 'file' | 'directory'
    /** The id of the record that the next process would read if the machine stopped now. */
    readable: string | undefined
    /** The sizes of the files that are being written. */
    written: number[]
  }

  /** Each call of `sync`, with what was in the directory then. */
  async function watchSyncs(): Promise<Sync[]> {
    const syncs: Sync[] = []
    const handle = await open(place.parent)
    const prototype = Object.getPrototypeOf(handle) as FileHandle
    await handle.close()
    const { sync } = prototype
    vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
      const isDirectory = (await this.stat()).isDirectory()
      const names = readdirSync(place.directory)
      const [recordName] = names.filter((name) => name.endsWith('.json'))
      syncs.push({
        of: isDirectory ? 'directory' : 'file',
        readable: recordName && (JSON.parse(readFileSync(join(place.directory, recordName), 'utf8')) as { id: string }).id,
        written: names.filter((name) => name.endsWith('.tmp')).map((name) => readFileSync(join(place.directory, name)).length),
      })
      return sync.call(this)
    })
    return syncs
  }

  it('a write → its file is synced before it gets its name, and the directory after that', async () => {
    const store = place.createStore()
    await store.set('k', { ...record, id: 'old' })
    const syncs = await watchSyncs()
    const next = { ...record, id: 'new' }
    await store.set('k', next)
    expect(syncs).toEqual([
      { of: 'file', readable: 'old', written: [JSON.stringify(next).length] },
      { of: 'directory', readable: 'new', written: [] },
    ])
  })

  it('a deletion → the directory is synced after it', async () => {
    const store = place.createStore()
    await store.set('k', record)
    const syncs = await watchSyncs()
    await store.delete('k')
    expect(syncs).toEqual([{ of: 'directory', readable: undefined, written: [] }])
  })

  it('a file that cannot be synced → the write rejects, the old record stays, and nothing half written is left', async () => {
    const store = place.createStore()
    await store.set('k', record)
    const handle = await open(place.parent)
    vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync').mockRejectedValue(Object.assign(new Error('io'), { code: 'EIO' }))
    await handle.close()
    await expect(store.set('k', { ...record, id: 'new' })).rejects.toThrow(/EIO/)
    vi.restoreAllMocks()
    expect(await store.get('k')).toEqual(record)
    expect(place.files()).toHaveLength(1)
  })
})

describe.runIf(process.platform === 'linux')('fileStore: many operations at once', () => {
  it('1 000 reads and 500 writes that begin together → all are done, with no more than some 64 files open', async () => {
    const store = place.createStore()
    await store.set('k0', record)
    const openFiles = () => readdirSync('/proc/self/fd').length
    const before = openFiles()
    let most = 0
    const timer = setInterval(() => (most = Math.max(most, openFiles())), 0)
    const writes = Array.from({ length: 500 }, (_, index) => store.set(`k${index}`, { ...record, key: `k${index}` }))
    const reads = Array.from({ length: 1_000 }, () => store.get('k0'))
    await Promise.all([...writes, ...reads])
    clearInterval(timer)
    expect(await store.get('k499')).toMatchObject({ key: 'k499' })
    expect(most).toBeGreaterThan(before)
    expect(most - before).toBeLessThan(80)
  })

  it('100 contexts that wait for locks → hinder neither who holds them nor anybody else', async () => {
    const store = place.createStore()
    let waiting: Promise<unknown>[] = []
    await store.lock(
      'k',
      async () => {
        waiting = Array.from({ length: 100 }, () => store.lock('k', async () => 'ran', { waitMs: 10_000 }))
        await store.set('k', record)
        expect(await store.get('k')).toEqual(record)
        expect(await store.lock('another', async () => 'ran', { waitMs: 0 })).toBe('ran')
      },
      { waitMs: 0 },
    )
    expect(await Promise.all(waiting)).toEqual(Array(100).fill('ran'))
  })
})
