import { linkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { TokenStoreError } from '../../../../src/base/errors.ts'
import { isPosix, record, useDirectory } from './use-directory.ts'

const place = useDirectory()

describe('the lock of a file store', () => {
  it('held for long → nothing else waits, the loop goes on, and nothing is written beside it', async () => {
    const store = place.createStore()
    let turns = 0
    const timer = setInterval(() => turns++, 5)
    await store.lock(
      'k',
      async () => {
        const waiting = place.createStore().lock('k', async () => {}, { waitMs: 300 })
        await expect(waiting).rejects.toMatchObject({ code: 'lock_not_acquired' })
        await store.set('other', record)
        expect(place.files().map((name) => name.slice(64))).toEqual(expect.arrayContaining(['.json', '.lock']))
        expect(place.files()).toHaveLength(2)
        expect(statSync(place.fileWith('.lock')).size).toBe(0)
      },
      { waitMs: 0 },
    )
    clearInterval(timer)
    expect(turns).toBeGreaterThan(5)
  })

  it('aborted → rejects with the reason of the signal', async () => {
    const store = place.createStore()
    const reason = new Error('not wanted any more')
    await expect(store.lock('k', async () => {}, { waitMs: 100, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await store.lock(
      'k',
      async () => {
        const controller = new AbortController()
        const waiting = store.lock('k', async () => {}, { waitMs: 5_000, signal: controller.signal })
        setTimeout(() => controller.abort(reason), 30)
        await expect(waiting).rejects.toBe(reason)
      },
      { waitMs: 0 },
    )
  })

  it('a file that another program has written to → TokenStoreError that names it', async () => {
    const store = place.createStore()
    await store.lock('k', () => store.set('k', record), { waitMs: 0 })
    writeFileSync(place.fileWith('.lock'), 'not a database')
    await expect(store.lock('k', async () => {}, { waitMs: 100 })).rejects.toThrow(/\.lock was changed by another program: remove it/)
  })

  it.runIf(isPosix)('a link in the place of its file → TokenStoreError that names it', async () => {
    const store = place.createStore()
    await store.lock('k', () => store.set('k', record), { waitMs: 0 })
    const path = place.fileWith('.lock')
    linkSync(path, join(place.parent, 'elsewhere'))
    rmSync(path)
    symlinkSync(join(place.parent, 'elsewhere'), path)
    const error = await store.lock('k', async () => {}, { waitMs: 100 }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TokenStoreError)
    expect((error as Error).message).toMatch(/\.lock is not a file: remove it/)
  })

  it.runIf(isPosix)('swept away while others wait for it → they exclude one another by the one that came into its place', async () => {
    const lock = (task: () => Promise<void>) => place.createStore().lock('k', task, { waitMs: 10_000 })
    const order: string[] = []
    let waiting: Promise<void> | undefined
    let next: Promise<void> | undefined
    await lock(async () => {
      waiting = lock(async () => void order.push('waited'))
      await sleep(50)
      rmSync(place.fileWith('.lock'))
      next = lock(async () => {
        order.push('next begins')
        await sleep(200)
        order.push('next ends')
      })
      await sleep(50)
    })
    await Promise.all([waiting, next])
    // Whichever of them comes first, they do not run at the same time.
    expect([...order].sort()).toEqual(['next begins', 'next ends', 'waited'])
    expect(order.indexOf('next ends') - order.indexOf('next begins')).toBe(1)
  })
})
