import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fileNameOf } from '../../../../src/stores/file/names.ts'
import { createSeededRandom } from '../../../../src/testing/seeded-random.ts'
import { record, useDirectory } from './use-directory.ts'

const place = useDirectory()
const seed = Number(process.env['SEED'] ?? 11)
beforeEach(() => {
  const random = createSeededRandom(seed)
  vi.spyOn(Math, 'random').mockImplementation(() => random.next())
})
afterEach(() => {
  vi.restoreAllMocks()
})

const [hour, day] = [3_600_000, 86_400_000]
// Larger than any process id.
const [dead, hash, random] = [2_147_483_000, 'a'.repeat(64), 'b'.repeat(16)]

function leave(name: string, { ageMs = 0, text = '' } = {}): void {
  mkdirSync(place.directory, { recursive: true, mode: 0o700 })
  writeFileSync(join(place.directory, name), text, { mode: 0o600 })
  const at = (Date.now() - ageMs) / 1000
  utimesSync(join(place.directory, name), at, at)
}

/** A record that was written a while ago, and its lock. */
function leaveRecord(key: string, ageMs: number, fields: object): void {
  leave(`${fileNameOf(key)}.json`, { ageMs, text: JSON.stringify({ version: 1, key, id: 'i', epoch: 'e', ...fields }) })
  leave(`${fileNameOf(key)}.lock`, { ageMs })
}

/** The first operation of a process. */
const startProcess = () => place.createStore().get('nothing')

describe('what dead processes left', () => {
  it.each([
    ['a record half written by a dead process', `${hash}.${dead}-${random}.tmp`, 0, false],
    ['one that a living process is writing', `${hash}.${process.ppid}-${random}.tmp`, 0, true],
    ['one that this process is writing', `${hash}.${process.pid}-${random}.tmp`, 0, true],
    ['one of an earlier process with the id of this one', `${hash}.${process.pid}-${random}.tmp`, 59_000 + process.uptime() * 1000, false],
    ['one of an earlier process with the id of a living one', `${hash}.${process.ppid}-${random}.tmp`, 61_000, false],
    ['a lock without a record', `${hash}.lock`, 0, false],
    ['a file of somebody else', 'letter.tmp', 100_000, true],
  ])('%s → is removed, unless it may be in use', async (_, name, ageMs, isKept) => {
    leave(name, { ageMs })
    await startProcess()
    expect(place.files()).toEqual(isKept ? [name] : [])
  })

  it('the lock of a record, and a lock that is held → kept', async () => {
    const store = place.createStore()
    await store.lock('k', () => store.set('k', record), { waitMs: 100 })
    await store.lock('another', startProcess, { waitMs: 100 })
    expect(place.files()).toHaveLength(3)
  })
})

describe('records that have ended', () => {
  it.each<[string, number, object, boolean]>([
    ['over for more than a day', 10 * day, { expiresAt: Date.now() - 1.1 * day }, false],
    ['a tombstone of that age', 1.2 * day, { expiresAt: Date.now() - 1.1 * day }, false],
    ['over for less: clocks may be wrong', 10 * day, { expiresAt: Date.now() - 0.9 * day }, true],
    ['over when it was written, by another clock, today', 0.9 * day, { expiresAt: 1_000 }, true],
    ['over when it was written, by another clock, the day before yesterday', 2 * day, { expiresAt: 1_000 }, false],
    ['alive', 100 * day, { expiresAt: Date.now() + hour }, true],
    ['without an end', 1_000 * day, {}, true],
    ['of a later version', 100 * day, { version: 2, expiresAt: 1_000 }, true],
    ['of another name', 100 * day, { key: 'another', expiresAt: 1_000 }, true],
    ['dated in words', 100 * day, { expiresAt: '1970-01-01' }, true],
  ])('%s → is removed with its lock, or kept', async (_, ageMs, fields, isKept) => {
    leaveRecord('k', ageMs, fields)
    await startProcess()
    expect(place.files()).toHaveLength(isKept ? 2 : 0)
  })

  it('a file that holds no JSON → is removed after a day', async () => {
    leave(`${fileNameOf('old')}.json`, { ageMs: 1.1 * day, text: '{' })
    leave(`${fileNameOf('young')}.json`, { ageMs: 0.9 * day, text: '{' })
    await startProcess()
    expect(place.files()).toEqual([`${fileNameOf('young')}.json`])
  })

  it('one whose lock somebody holds → is left alone', async () => {
    leaveRecord('k', 10 * day, { expiresAt: 1_000 })
    const store = place.createStore()
    vi.spyOn(Date, 'now').mockReturnValue(0)
    await store.lock(
      'k',
      async () => {
        vi.mocked(Date.now).mockRestore()
        await startProcess()
        expect(place.files()).toHaveLength(2)
      },
      { waitMs: 100 },
    )
    await startProcess()
    expect(place.files()).toEqual([])
  })

  it('written again, without the lock, at the moment of the sweep → kept', async () => {
    leaveRecord('k', 10 * day, { expiresAt: 1_000 })
    const tombstone = { version: 1, key: 'k', id: 'new', epoch: 'e2' } as const
    // A signed-out user's record is replaced while it is looked at.
    vi.spyOn(JSON, 'parse').mockImplementationOnce((text: string) => {
      leave(`${fileNameOf('k')}.json`, { text: JSON.stringify(tombstone) })
      vi.mocked(JSON.parse).mockRestore()
      return JSON.parse(text)
    })
    await startProcess()
    expect(await place.createStore().get('k')).toEqual(tombstone)
  })
})

// Hundreds of real files, on a machine that may be busy.
describe(`a directory with more in it than one sweep looks at (SEED=${seed})`, { timeout: 30_000 }, () => {
  const count = (suffix: string) => readdirSync(place.directory).filter((name) => name.endsWith(suffix)).length

  it('a month of ended sessions behind 200 that live → each start looks at some, and in the end only those that live are left', async () => {
    for (let index = 0; index < 200; index++) leaveRecord(`lives ${index}`, hour, { expiresAt: Date.now() + day })
    for (let index = 0; index < 200; index++) leaveRecord(`ended ${index}`, 30 * day, { expiresAt: Date.now() - 29 * day })
    await startProcess()
    expect(count('.json')).toBeLessThan(400)
    // 128 files, of which each may take another one along.
    expect(place.files().length).toBeGreaterThanOrEqual(800 - 2 * 128)
    let starts = 1
    for (; count('.json') > 200 && starts < 300; starts++) await startProcess()
    expect([count('.json'), count('.lock')]).toEqual([200, 200])
    for (let index = 0; index < 200; index++) expect(place.files()).toContain(`${fileNameOf(`lives ${index}`)}.json`)
  })

  it('a process that runs for long → sweeps again as it writes: ended sessions do not pile up', async () => {
    const store = place.createStore()
    await store.get('k')
    for (let index = 0; index < 250; index++) leaveRecord(`ended ${index}`, 30 * day, { expiresAt: Date.now() - 29 * day })
    // A sweep is not waited for, and each takes some.
    let writes = 0
    for (; count('.json') > 1 && writes < 3_000; writes++) await store.set('k', record)
    expect(count('.json')).toBe(1)
    expect(writes).toBeGreaterThan(64)
  })

  it('a slow disk → a sweep ends by the clock', async () => {
    for (let index = 0; index < 100; index++) leaveRecord(`ended ${index}`, 30 * day, { expiresAt: 1_000 })
    let now = 0
    // Each look takes a tenth of a second.
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 100))
    await startProcess()
    vi.mocked(performance.now).mockRestore()
    expect(count('.json')).toBeGreaterThan(90)
  })
})
