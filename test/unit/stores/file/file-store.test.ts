import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, TokenStoreError } from '../../../../src/base/errors.ts'
import { defaultDirectory } from '../../../../src/stores/file/directory.ts'
import { fileStore } from '../../../../src/stores/file/file-store.ts'
import { createRecord } from '../../../../src/token/record.ts'

const record = createRecord('k', '', { accessToken: 'secret', tokenType: 'Bearer', issuedAt: 0, expiresAt: 1 })
const isPosix = process.platform !== 'win32'
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const files = (): string[] => readdirSync(directory)
const fileWith = (suffix: string): string => join(directory, files().find((name) => name.endsWith(suffix)) ?? `none${suffix}`)

let parent: string
let directory: string
let umask: number

beforeEach(() => {
  umask = process.umask()
  parent = mkdtempSync(join(tmpdir(), 'tokenwell-file-'))
  directory = join(parent, 'store')
})
afterEach(() => {
  process.umask(umask)
  vi.restoreAllMocks()
  rmSync(parent, { recursive: true })
})

describe('fileStore: its directory', () => {
  it.each<[string, NodeJS.Platform, NodeJS.ProcessEnv, string]>([
    ['Linux', 'linux', {}, join(homedir(), '.local/state/tokenwell')],
    ['Linux, with a state directory', 'linux', { XDG_STATE_HOME: '/state' }, '/state/tokenwell'],
    ['Linux, with a relative one, which does not count', 'linux', { XDG_STATE_HOME: 'state' }, join(homedir(), '.local/state/tokenwell')],
    ['macOS', 'darwin', {}, join(homedir(), 'Library/Application Support/tokenwell')],
    ['Windows', 'win32', { LOCALAPPDATA: '/local' }, join('/local', 'tokenwell')],
    ['Windows, bare', 'win32', {}, join(homedir(), 'AppData', 'Local', 'tokenwell')],
  ])('%s → the platform’s place', (_, platform, environment, expected) => {
    expect(defaultDirectory(platform, environment)).toBe(expected)
  })

  it.each(['', 'a\0b', 7 as unknown as string])('%j is no path → ConfigurationError', (wrong) => {
    expect(() => fileStore({ directory: wrong })).toThrow(ConfigurationError)
  })

  it('made → nothing on the disk until its first operation', () => {
    fileStore({ directory })
    expect(existsSync(directory)).toBe(false)
  })

  it.runIf(isPosix).each([0o000, 0o022, 0o077, 0o777])('umask %o → directory 0700, files 0600', async (mask) => {
    mkdirSync(parent, { recursive: true })
    process.umask(mask)
    const store = fileStore({ directory })
    await store.lock?.('k', () => store.set('k', record), { waitMs: 100 })
    expect(modeOf(directory)).toBe('700')
    expect(files().map((name) => modeOf(join(directory, name)))).toEqual(['600', '600'])
  })

  it('keys → cannot be read from the names', async () => {
    await fileStore({ directory }).set('tokenwell:1:{"username":"mary"}', record)
    expect(files()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/)])
  })

  it.runIf(isPosix)('open to others, and ours → narrowed, with what is in it', async () => {
    const store = fileStore({ directory })
    await store.set('k', record)
    chmodSync(directory, 0o755)
    chmodSync(fileWith('.json'), 0o644)
    expect(await fileStore({ directory }).get('k')).toEqual(record)
    expect([modeOf(directory), modeOf(fileWith('.json'))]).toEqual(['700', '600'])
  })

  it.runIf(isPosix)('open to others, with files of somebody else → refused and left as it is', async () => {
    mkdirSync(directory)
    writeFileSync(join(directory, 'letter.txt'), '')
    chmodSync(directory, 0o755)
    await expectRefusal(/of its own/)
    expect(modeOf(directory)).toBe('755')
  })

  it.runIf(isPosix)('a symbolic link → refused', async () => {
    mkdirSync(join(parent, 'elsewhere'))
    symlinkSync(join(parent, 'elsewhere'), directory)
    await expectRefusal(/symbolic link/)
  })

  it.runIf(isPosix)('a link that leads nowhere → refused', async () => {
    symlinkSync(join(parent, 'nowhere'), directory)
    await expectRefusal(/store/)
    expect(existsSync(join(parent, 'nowhere'))).toBe(false)
  })

  it('a file in its place → refused', async () => {
    writeFileSync(directory, '')
    await expectRefusal(/EEXIST|not a directory/)
  })

  it.runIf(isPosix)('of another user → refused', async () => {
    mkdirSync(directory, { mode: 0o700 })
    const { geteuid } = process as Required<Pick<NodeJS.Process, 'geteuid'>>
    vi.spyOn(process as { geteuid: typeof geteuid }, 'geteuid').mockReturnValue(geteuid() + 1)
    await expectRefusal(/belongs to another user/)
  })

  it('deleted in mid-run → made again', async () => {
    const store = fileStore({ directory })
    await store.set('k', record)
    rmSync(directory, { recursive: true })
    expect(await store.get('k')).toBeUndefined()
    await store.set('k', record)
    rmSync(directory, { recursive: true })
    expect(await store.lock?.('k', async () => 'ran', { waitMs: 100 })).toBe('ran')
    expect(isPosix && modeOf(directory)).toBe(isPosix && '700')
  })
})

describe('fileStore: records', () => {
  it.each([
    ['empty', () => ''],
    ['truncated', (text: string) => text.slice(0, -9)],
    ['not JSON', () => '\0\0\0\0'],
    ['of another key', (text: string) => text.replace('"key":"k"', '"key":"other"')],
    ['of an older version', (text: string) => text.replace('"version":1', '"version":0')],
    ['not a record', () => '[]'],
    ['null', () => 'null'],
    ['far too large', (text: string) => text + ' '.repeat(5 * 1024 * 1024)],
  ])('%s → a miss, and replaced by the next one', async (_, spoil) => {
    const store = fileStore({ directory })
    await store.set('k', record)
    writeFileSync(fileWith('.json'), spoil(readFileSync(fileWith('.json'), 'utf8')))
    expect(await store.get('k')).toBeUndefined()
    await store.set('k', record)
    expect(await store.get('k')).toEqual(record)
  })

  it('of a newer version → returned as it is, for whoever must not overwrite it', async () => {
    const store = fileStore({ directory })
    await store.set('k', record)
    writeFileSync(fileWith('.json'), '{"version":2,"new":true}')
    expect(await store.get('k')).toEqual({ version: 2, new: true })
  })

  it.runIf(isPosix)('a symbolic link in its place → refused, and replaced without a look at where it leads', async () => {
    const store = fileStore({ directory })
    await store.set('k', record)
    const [path, elsewhere] = [fileWith('.json'), join(parent, 'elsewhere')]
    writeFileSync(elsewhere, JSON.stringify(record))
    rmSync(path)
    symlinkSync(elsewhere, path)
    await expect(store.get('k')).rejects.toThrow(/symbolic link/)
    await store.set('k', { ...record, id: 'new' })
    expect(await store.get('k')).toEqual({ ...record, id: 'new' })
    expect(readFileSync(elsewhere, 'utf8')).toBe(JSON.stringify(record))
  })

  it('a directory in its place → TokenStoreError', async () => {
    const store = fileStore({ directory })
    await store.set('k', record)
    const path = fileWith('.json')
    rmSync(path)
    mkdirSync(path)
    await expect(store.get('k')).rejects.toBeInstanceOf(TokenStoreError)
    await expect(store.set('k', record)).rejects.toBeInstanceOf(TokenStoreError)
    expect(files()).toHaveLength(1)
  })

  it('changed by the caller after set() → stored as it was', async () => {
    const store = fileStore({ directory })
    const given = { ...record }
    const stored = store.set('k', given)
    given.id = 'changed'
    await stored
    expect(await store.get('k')).toEqual(record)
  })

  it('an error → names no token', async () => {
    writeFileSync(directory, '')
    const error = await fileStore({ directory })
      .set('k', record)
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'store_failed', retryable: true })
    expect(JSON.stringify(error) + String(error) + String((error as Error).cause)).not.toContain('secret')
  })
})

describe('fileStore: what dead processes left', () => {
  // Larger than any process id.
  const [dead, hash, random] = [2_147_483_000, 'a'.repeat(64), 'b'.repeat(16)]
  const leave = (name: string, ageMs = 0): void => {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(join(directory, name), '')
    const at = (Date.now() - ageMs) / 1000
    utimesSync(join(directory, name), at, at)
  }

  it.each([
    ['a record half written by a dead process', `${hash}.${dead}-${random}.tmp`, 0, false],
    ['one that a living process is writing', `${hash}.${process.ppid}-${random}.tmp`, 0, true],
    ['one that this process is writing', `${hash}.${process.pid}-${random}.tmp`, 0, true],
    ['one of an earlier process with the id of this one', `${hash}.${process.pid}-${random}.tmp`, 59_000 + process.uptime() * 1000, false],
    ['one of an earlier process with the id of a living one', `${hash}.${process.ppid}-${random}.tmp`, 61_000, false],
    ['a lock without a record', `${hash}.lock`, 0, false],
    ['a file of somebody else', 'letter.tmp', 100_000, true],
  ])('%s', async (_, name, ageMs, isKept) => {
    leave(name, ageMs)
    await fileStore({ directory }).get('k')
    expect(files()).toEqual(isKept ? [name] : [])
  })

  it('the lock of a record, and a lock that is held → kept', async () => {
    const store = fileStore({ directory })
    await store.lock?.('k', () => store.set('k', record), { waitMs: 100 })
    await store.lock?.('another', () => fileStore({ directory }).get('k'), { waitMs: 100 })
    expect(files()).toHaveLength(3)
  })

  it.runIf(isPosix)('a lock that is swept away while others wait for it → they wait for the one that came into its place', async () => {
    const lock = (task: () => Promise<void>) => fileStore({ directory }).lock?.('k', task, { waitMs: 10_000 })
    const order: string[] = []
    let waiting: Promise<void> | undefined
    let next: Promise<void> | undefined
    await lock(async () => {
      waiting = lock(async () => void order.push('waited'))
      await sleep(50)
      rmSync(fileWith('.lock'))
      next = lock(async () => {
        order.push('next begins')
        await sleep(200)
        order.push('next ends')
      })
      await sleep(50)
    })
    await Promise.all([waiting, next])
    expect(order).toEqual(['next begins', 'next ends', 'waited'])
  })
})

describe('fileStore: its lock', () => {
  it('held for long → nothing else waits, the loop goes on, and nothing is written beside it', async () => {
    const store = fileStore({ directory })
    let turns = 0
    const timer = setInterval(() => turns++, 5)
    await store.lock?.(
      'k',
      async () => {
        const waiting = fileStore({ directory }).lock?.('k', async () => {}, { waitMs: 300 })
        await expect(waiting).rejects.toMatchObject({ code: 'lock_not_acquired' })
        await store.set('other', record)
        expect(files().map((name) => name.slice(64))).toEqual(expect.arrayContaining(['.json', '.lock']))
        expect(files()).toHaveLength(2)
        expect(statSync(fileWith('.lock')).size).toBe(0)
      },
      { waitMs: 0 },
    )
    clearInterval(timer)
    expect(turns).toBeGreaterThan(20)
  })

  it('aborted → rejects with the reason of the signal', async () => {
    const store = fileStore({ directory })
    const reason = new Error('not wanted any more')
    await expect(store.lock?.('k', async () => {}, { waitMs: 100, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await store.lock?.(
      'k',
      async () => {
        const controller = new AbortController()
        const waiting = store.lock?.('k', async () => {}, { waitMs: 5_000, signal: controller.signal })
        setTimeout(() => controller.abort(reason), 30)
        await expect(waiting).rejects.toBe(reason)
      },
      { waitMs: 0 },
    )
  })

  it('a lock file that another program has written to → TokenStoreError that names it', async () => {
    const store = fileStore({ directory })
    await store.lock?.('k', () => store.set('k', record), { waitMs: 0 })
    writeFileSync(fileWith('.lock'), 'not a database')
    await expect(store.lock?.('k', async () => {}, { waitMs: 100 })).rejects.toThrow(/\.lock was changed by another program: remove it/)
  })

  it.runIf(isPosix)('a link in the place of its file → TokenStoreError', async () => {
    const store = fileStore({ directory })
    await store.lock?.('k', () => store.set('k', record), { waitMs: 0 })
    const path = fileWith('.lock')
    linkSync(path, join(parent, 'elsewhere'))
    rmSync(path)
    symlinkSync(join(parent, 'elsewhere'), path)
    await expect(store.lock?.('k', async () => {}, { waitMs: 100 })).rejects.toBeInstanceOf(TokenStoreError)
  })
})

describe('fileStore: subscribe', () => {
  it('what this store writes itself → its listeners are not told', async () => {
    const [one, other] = [fileStore({ directory }), fileStore({ directory })]
    const [own, foreign] = [vi.fn(), vi.fn()]
    const stops = [one.subscribe?.('k', own), other.subscribe?.('k', foreign)]
    await one.set('k', record)
    await vi.waitFor(() => expect(foreign).toHaveBeenCalledOnce())
    await other.delete('k')
    await vi.waitFor(() => expect(own).toHaveBeenCalledOnce())
    await sleep(50)
    expect([own.mock.calls.length, foreign.mock.calls.length]).toEqual([1, 1])
    for (const stop of stops) stop?.()
  })

  it('a directory that cannot be used → no error, and nobody is told', async () => {
    writeFileSync(directory, '')
    const stop = fileStore({ directory }).subscribe?.('k', () => {})
    await sleep(20)
    stop?.()
  })
})

async function expectRefusal(message: RegExp): Promise<void> {
  const store = fileStore({ directory })
  const refused = await Promise.allSettled([
    store.get('k'),
    store.set('k', record),
    store.delete('k'),
    store.lock?.('k', async () => {}, { waitMs: 100 }),
  ])
  for (const outcome of refused) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(TokenStoreError) })
    expect((outcome as PromiseRejectedResult).reason.message).toMatch(message)
  }
}
