import { afterEach, describe, expect, it, vi } from 'vitest'
import { ContextLock } from '../../../../src/stores/browser/web-locks.ts'
import type { LockOptions } from '../../../../src/token/token-store.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('ContextLock', () => {
  it('Web Locks that never answer → not acquired within the wait, and a late grant runs no task', async () => {
    let grant: () => unknown = () => {}
    const request = vi.fn((_: string, __: object, callback: (lock: object) => unknown) => {
      grant = () => callback({})
      return new Promise(() => {})
    })
    vi.stubGlobal('navigator', { locks: { request } })
    const task = vi.fn(async () => 'ran')
    await expect(new ContextLock().run('k', { task }, { waitMs: 20 })).rejects.toMatchObject({ code: 'lock_not_acquired' })
    grant()
    expect(task).not.toHaveBeenCalled()
  })

  it('a grant that has arrived when the time is over, and is only read after the timer → counts', async () => {
    vi.useFakeTimers()
    const request = (_: string, __: object, callback: (lock: object) => unknown) =>
      new Promise((resolve) => setTimeout(() => resolve(callback({})), 510))
    vi.stubGlobal('navigator', { locks: { request } })
    const result = new ContextLock().run('k', { task: async () => 'ran' }, { waitMs: 100 }).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(600)
    expect(await result).toBe('ran')
    vi.useRealTimers()
  })

  it.each([
    ['free', false],
    ['waited for', true],
  ])('an abort in the very moment in which the task begins, under a lock that was %s → what the task gives counts', async (_, isHeld) => {
    const lock = new ContextLock()
    let release = () => {}
    const name = `aborts ${isHeld}`
    if (isHeld) void lock.run(name, { task: () => new Promise<void>((resolve) => (release = resolve)) }, { waitMs: 0 })
    const controller = new AbortController()
    const task = async () => {
      controller.abort(new Error('too late'))
      await new Promise((resolve) => setTimeout(resolve, 5))
      return 'ran'
    }
    const result = lock.run(name, { task }, { waitMs: 1_000, signal: controller.signal }).catch((error: unknown) => error)
    setTimeout(() => release(), 20)
    expect(await result).toBe('ran')
  })

  it('a wait that has come to an end, one way or the other → leaves no listener at the signal of the caller', async () => {
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const lock = new ContextLock()
    await lock.run('signal', { task: async () => 'ran' }, { waitMs: 100, signal })
    for (const [, , options] of added.mock.calls) expect((options as { signal: AbortSignal }).signal.aborted).toBe(true)
    expect(added).toHaveBeenCalled()
  })

  it.each<[string, () => LockOptions, object]>([
    ['its time is over', () => ({ waitMs: 20 }), { code: 'lock_not_acquired' }],
    ['its signal aborts', () => ({ waitMs: 60_000, signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' }],
  ])('a request that is given up since %s → is aborted, and so leaves the queue of the browser', async (_, options, expected) => {
    const queued: AbortSignal[] = []
    const request = vi.fn(async (_: string, { signal }: LockOptions, callback: (lock: object | null) => unknown) => {
      if (!signal) return callback(null)
      queued.push(signal)
      return new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    vi.stubGlobal('navigator', { locks: { request } })
    const error = await new ContextLock().run('k', { task: async () => {} }, options()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(expected)
    expect(queued.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('a wait of 0 → a free lock is acquired, and one that is held is not', async () => {
    const lock = new ContextLock()
    const inner = () => lock.run('free', { task: async () => 'ran' }, { waitMs: 0 })
    expect(await inner()).toBe('ran')
    const task = async () => inner().catch((error: unknown) => error)
    expect(await lock.run('free', { task }, { waitMs: 0 })).toMatchObject({ code: 'lock_not_acquired' })
  })

  it('a task that throws before it returns a promise → rejects with that, and the lock is free', async () => {
    const lock = new ContextLock()
    const thrown = new Error('of the task')
    const task = () => {
      throw thrown
    }
    await expect(lock.run('throws', { task }, { waitMs: 0 })).rejects.toBe(thrown)
    expect(await lock.run('throws', { task: async () => 'ran' }, { waitMs: 0 })).toBe('ran')
  })

  it('Web Locks that refuse → the store has failed, and no task runs', async () => {
    const request = vi.fn(() => Promise.reject(new DOMException('', 'SecurityError')))
    vi.stubGlobal('navigator', { locks: { request } })
    const task = vi.fn(async () => 'ran')
    const error = await new ContextLock().run('k', { task }, { waitMs: 20 }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'store_failed', cause: { name: 'SecurityError' } })
    expect(task).not.toHaveBeenCalled()
  })

  it('a lock that other code steals → what the task gives counts', async () => {
    const request = async (_: string, __: object, callback: (lock: object) => Promise<unknown>) => {
      void callback({})
      throw new DOMException('', 'AbortError')
    }
    vi.stubGlobal('navigator', { locks: { request } })
    const task = () => new Promise((resolve) => setTimeout(resolve, 20, 'ran'))
    expect(await new ContextLock().run('k', { task }, { waitMs: 1_000 })).toBe('ran')
  })

  it('a signal that has aborted → rejects with its reason, and asks for no lock', async () => {
    const request = vi.fn()
    vi.stubGlobal('navigator', { locks: { request } })
    const signal = AbortSignal.abort('mine')
    await expect(new ContextLock().run('k', { task: async () => {} }, { waitMs: 20, signal })).rejects.toBe('mine')
    expect(request).not.toHaveBeenCalled()
  })

  it('a wait → what follows it is done under the lock, before the task', async () => {
    const lock = new ContextLock()
    const done: string[] = []
    let release = () => {}
    const first = lock.run('waits', { task: () => new Promise<void>((resolve) => (release = resolve)) }, { waitMs: 1_000 })
    const onWait = async () => {
      done.push('waits')
      return async () => void done.push('acquired')
    }
    const second = lock.run('waits', { task: async () => void done.push('task'), onWait }, { waitMs: 1_000 })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(done).toEqual(['waits'])
    release()
    await Promise.all([first, second])
    expect(done).toEqual(['waits', 'acquired', 'task'])
  })
})
