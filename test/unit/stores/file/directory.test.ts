import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, TokenStoreError } from '../../../../src/base/errors.ts'
import { defaultDirectory } from '../../../../src/stores/file/directory.ts'
import { fileStore } from '../../../../src/stores/file/file-store.ts'
import { isPosix, modeOf, record, useDirectory } from './use-directory.ts'

const place = useDirectory()
let umask: number
beforeEach(() => {
  umask = process.umask()
})
afterEach(() => {
  process.umask(umask)
  vi.restoreAllMocks()
})

describe('the directory of a file store', () => {
  it.each<[string, NodeJS.Platform, NodeJS.ProcessEnv, string]>([
    ['Linux', 'linux', {}, join(homedir(), '.local/state/tokenwell')],
    ['Linux, with a state directory', 'linux', { XDG_STATE_HOME: '/state' }, '/state/tokenwell'],
    ['Linux, with a relative one, which does not count', 'linux', { XDG_STATE_HOME: 'state' }, join(homedir(), '.local/state/tokenwell')],
    ['macOS', 'darwin', {}, join(homedir(), 'Library/Application Support/tokenwell')],
    ['Windows', 'win32', { LOCALAPPDATA: '/local' }, join('/local', 'tokenwell')],
    ['Windows, bare', 'win32', {}, join(homedir(), 'AppData', 'Local', 'tokenwell')],
  ])('on %s → is the platform’s place', (_, platform, environment, expected) => {
    expect(defaultDirectory(platform, environment)).toBe(expected)
  })

  it.each(['', 'a\0b', 7 as unknown as string])('%j is no path → ConfigurationError', (wrong) => {
    expect(() => fileStore({ directory: wrong })).toThrow(ConfigurationError)
  })

  it('an option that is unknown → ConfigurationError that says what was meant, and an explicit undefined counts as left out', () => {
    expect(() => fileStore({ dir: '/tmp' } as never)).toThrow(/^dir: is unknown; there are directory/)
    expect(() => fileStore({ directroy: '/tmp' } as never)).toThrow(/^directroy: is unknown: did you mean directory/)
    expect(() => fileStore('/tmp' as never)).toThrow(ConfigurationError)
    expect(() => fileStore({ directory: undefined })).not.toThrow()
  })

  it('a store that is made → nothing on the disk until its first operation', () => {
    place.createStore()
    expect(existsSync(place.directory)).toBe(false)
  })

  it.runIf(isPosix).each([0o000, 0o022, 0o077, 0o777])('umask %o → directory 0700, files 0600', async (mask) => {
    process.umask(mask)
    const store = place.createStore()
    await store.lock('k', () => store.set('k', record), { waitMs: 100 })
    expect(modeOf(place.directory)).toBe('700')
    expect(place.files().map((name) => modeOf(join(place.directory, name)))).toEqual(['600', '600'])
  })

  it('the keys of its records → cannot be read from the names', async () => {
    await place.createStore().set('tokenwell:2:{"username":"mary"}', record)
    expect(place.files()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/)])
  })

  it.runIf(isPosix)('open to others, and ours → narrowed, with what is in it', async () => {
    await place.createStore().set('k', record)
    chmodSync(place.directory, 0o755)
    chmodSync(place.fileWith('.json'), 0o644)
    expect(await place.createStore().get('k')).toEqual(record)
    expect([modeOf(place.directory), modeOf(place.fileWith('.json'))]).toEqual(['700', '600'])
  })

  it.runIf(isPosix)('open to others, with files of somebody else → refused and left as it is', async () => {
    mkdirSync(place.directory)
    writeFileSync(join(place.directory, 'letter.txt'), '')
    chmodSync(place.directory, 0o755)
    await expectRefusal(/of its own/)
    expect(modeOf(place.directory)).toBe('755')
  })

  it.runIf(isPosix)('a symbolic link → refused', async () => {
    mkdirSync(join(place.parent, 'elsewhere'))
    symlinkSync(join(place.parent, 'elsewhere'), place.directory)
    await expectRefusal(/symbolic link/)
  })

  it.runIf(isPosix)('a link that leads nowhere → refused', async () => {
    symlinkSync(join(place.parent, 'nowhere'), place.directory)
    await expectRefusal(/store/)
    expect(existsSync(join(place.parent, 'nowhere'))).toBe(false)
  })

  it('a file in its place → refused', async () => {
    writeFileSync(place.directory, '')
    await expectRefusal(/EEXIST|not a directory/)
  })

  it.runIf(isPosix)('of another user → refused', async () => {
    mkdirSync(place.directory, { mode: 0o700 })
    const { geteuid } = process as Required<Pick<NodeJS.Process, 'geteuid'>>
    vi.spyOn(process as { geteuid: typeof geteuid }, 'geteuid').mockReturnValue(geteuid() + 1)
    await expectRefusal(/belongs to another user/)
  })

  it('deleted in mid-run → made again', async () => {
    const store = place.createStore()
    await store.set('k', record)
    rmSync(place.directory, { recursive: true })
    expect(await store.get('k')).toBeUndefined()
    await store.set('k', record)
    rmSync(place.directory, { recursive: true })
    expect(await store.lock('k', async () => 'ran', { waitMs: 100 })).toBe('ran')
    expect(isPosix && modeOf(place.directory)).toBe(isPosix && '700')
  })

  it('refused once, and then set right → the next operation works', async () => {
    writeFileSync(place.directory, '')
    const store = place.createStore()
    await expect(store.get('k')).rejects.toBeInstanceOf(TokenStoreError)
    rmSync(place.directory)
    await store.set('k', record)
    expect(await store.get('k')).toEqual(record)
  })
})

async function expectRefusal(message: RegExp): Promise<void> {
  const store = place.createStore()
  const refused = await Promise.allSettled([
    store.get('k'),
    store.set('k', record),
    store.delete('k'),
    store.lock('k', async () => {}, { waitMs: 100 }),
  ])
  for (const outcome of refused) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(TokenStoreError) })
    expect((outcome as PromiseRejectedResult).reason.message).toMatch(message)
  }
}
