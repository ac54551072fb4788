import { EventEmitter } from 'node:events'
import { mkdirSync, rmSync, watch, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TokenStoreError } from '../../../../src/base/errors.ts'
import { FileWatch } from '../../../../src/stores/file/watch.ts'
import { collectGarbage } from '../../../support/collect-garbage.ts'
import { record, useDirectory } from './use-directory.ts'

vi.mock('node:fs', async (load) => {
  const actual = await load<typeof import('node:fs')>()
  return { ...actual, watch: vi.fn(actual.watch) }
})

const place = useDirectory()
const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  vi.mocked(watch).mockClear()
})

/** Stores that are prepared: their directory is there, and so watched from when they are first listened to. */
async function createStores() {
  const stores = [place.createStore(), place.createStore()] as const
  for (const store of stores) await store.get('nothing')
  return stores
}
const heard = (listener: () => void, times = 1) => vi.waitFor(() => expect(listener).toHaveBeenCalledTimes(times), 2_000)
/** How many watches are open. */
function countOpen() {
  const watchers = vi.mocked(watch).mock.results.flatMap(({ type, value }) => (type === 'return' ? [value as { close(): void }] : []))
  const closed = new Set<object>()
  for (const watcher of watchers) {
    const close = watcher.close.bind(watcher)
    watcher.close = () => {
      closed.add(watcher)
      close()
    }
  }
  return () => watchers.length - closed.size
}

describe('fileStore: subscribe', () => {
  it('a store writes itself → its own listeners are not told, and others are told once', async () => {
    const [one, other] = await createStores()
    const [own, foreign] = [vi.fn(), vi.fn()]
    stops.push(one.subscribe('k', own), other.subscribe('k', foreign))
    await one.set('k', record)
    await heard(foreign)
    await other.delete('k')
    await heard(own)
    await sleep(50)
    expect([own.mock.calls.length, foreign.mock.calls.length]).toEqual([1, 1])
  })

  it('a store writes, and another one deletes before the first has noticed its own write → told', async () => {
    const [one] = await createStores()
    // What a manager would hold.
    let held: string | undefined
    stops.push(one.subscribe('k', () => one.get('k').then((stored) => (held = stored?.id), vi.fn())))
    for (let round = 1; round <= 5; round++) {
      await one.set('k', { ...record, id: `${round}` })
      held = `${round}`
      rmSync(place.fileWith('.json'))
      await vi.waitFor(() => expect(held).toBeUndefined(), 2_000)
    }
  })

  it('a record that was there before anybody listened is deleted by another one → its listener is told', async () => {
    const [one, other] = await createStores()
    await one.set('k', record)
    const called = vi.fn()
    stops.push(other.subscribe('k', called))
    await other.get('k')
    await one.delete('k')
    await heard(called)
  })

  it('deleted here, written elsewhere, deleted elsewhere → told of both, and not of its own', async () => {
    const [one, other] = await createStores()
    await one.set('k', record)
    const called = vi.fn()
    stops.push(one.subscribe('k', called))
    await one.delete('k')
    await sleep(50)
    expect(called).not.toHaveBeenCalled()
    await other.set('k', record)
    await heard(called)
    await other.delete('k')
    await heard(called, 2)
  })

  it.each([1, 2, 3, 4, 5])('a new directory that both make at the same time, and a write right after that → told (%i)', async () => {
    const [one, other] = [place.createStore(), place.createStore()]
    const called = vi.fn()
    stops.push(one.subscribe('k', vi.fn()), other.subscribe('k', called))
    await one.set('k', record)
    await vi.waitFor(() => expect(called).toHaveBeenCalled())
  })

  it('the directory is not there yet, and another store makes it and writes at once → told', async () => {
    const [one, other] = [place.createStore(), place.createStore()]
    const called = vi.fn()
    // Not prepared by this store before the other one has written.
    vi.mocked(watch).mockImplementationOnce(() => {
      throw Object.assign(new Error('not there'), { code: 'ENOENT' })
    })
    await one.get('another')
    stops.push(other.subscribe('k', called))
    await one.set('k', record)
    await other.get('another')
    await heard(called)
  })

  it('1 000 listeners over records that are there → nothing is read for them, and nobody is told of what is old', async () => {
    const writer = place.createStore()
    for (let index = 0; index < 50; index++) await writer.set(`k${index}`, { ...record, key: `k${index}` })
    const store = place.createStore()
    const called = vi.fn()
    for (let index = 0; index < 1_000; index++) stops.push(store.subscribe(`k${index}`, called))
    await Promise.all(Array.from({ length: 50 }, (_, index) => store.get(`k${index}`)))
    await sleep(50)
    expect(called).not.toHaveBeenCalled()
  })

  it('2 000 subscriptions to one store of which nobody holds one → one watch, and none when they have been collected', async () => {
    const [store, other] = await createStores()
    const called = vi.fn()
    const held = Array.from({ length: 2_000 }, (_, index) => store.subscribe(`k${index % 500}`, () => called()))
    await store.get('k')
    const open = countOpen()
    expect(open()).toBe(1)
    held.length = 0
    await collectGarbage()
    expect(open()).toBe(0)
    await other.set('k1', record)
    await sleep(50)
    expect(called).not.toHaveBeenCalled()
  })

  it('the last listener stops → the watch ends; the next one begins another', async () => {
    const [store, other] = await createStores()
    await store.get('k')
    const stop = store.subscribe('k', vi.fn())
    const open = countOpen()
    stop()
    expect(open()).toBe(0)
    const called = vi.fn()
    stops.push(store.subscribe('k', called))
    await other.set('k', record)
    await heard(called)
  })

  it('the directory is deleted, and made again by another store → told again from the next operation on', async () => {
    const [one, other] = await createStores()
    const called = vi.fn()
    stops.push(one.subscribe('k', called))
    await one.set('k', record)
    await sleep(50)
    rmSync(place.directory, { recursive: true })
    await heard(called)
    await sleep(50)
    await other.set('k', { ...record, id: 'written while nobody watched' })
    await one.get('k')
    await heard(called, 2)
    await other.set('k', { ...record, id: 'written after that' })
    await heard(called, 3)
  })

  it('a directory that cannot be used → subscribing throws nothing, the next operation says why, and listening begins when it can be used', async () => {
    writeFileSync(place.directory, '')
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const store = place.createStore()
    const called = vi.fn()
    stops.push(store.subscribe('k', called))
    await sleep(20)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    const error = await store.get('k').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TokenStoreError)
    expect((error as Error).message).toMatch(/EEXIST|not a directory/)
    rmSync(place.directory)
    mkdirSync(place.directory, { mode: 0o700 })
    await store.get('k')
    await place.createStore().set('k', record)
    await vi.waitFor(() => expect(called).toHaveBeenCalled())
  })

  it('a system that cannot watch → nobody is told, and everything else works', async () => {
    const { default: actual } = await vi.importActual<{ default: typeof import('node:fs') }>('node:fs')
    vi.mocked(watch).mockImplementation(() => {
      throw Object.assign(new Error('limit'), { code: 'ENOSPC' })
    })
    const store = place.createStore()
    const called = vi.fn()
    stops.push(store.subscribe('k', called))
    await place.createStore().set('k', record)
    expect(await store.get('k')).toEqual(record)
    await sleep(30)
    vi.mocked(watch).mockImplementation(actual.watch)
    expect(called).not.toHaveBeenCalled()
  })
})

describe('FileWatch: in what order a system says what has happened', () => {
  /** A watch of which the test says what it reports, over a directory that holds what the test says. */
  function setUp() {
    const state = { id: undefined as string | undefined, watches: 0, closed: 0, report: vi.fn<(fileName: string) => void>() }
    vi.mocked(watch).mockImplementation((...[, , report]: unknown[]) => {
      state.watches++
      state.report.mockImplementation((fileName) => (report as (event: string, fileName: string) => void)('rename', fileName))
      return Object.assign(new EventEmitter(), { close: () => state.closed++ }) as never
    })
    const onGone = vi.fn()
    const fileWatch = new FileWatch({ directory: place.parent, readId: async () => state.id, onGone })
    const settle = () => new Promise((resolve) => setImmediate(resolve))
    return { state, fileWatch, onGone, settle }
  }
  afterEach(() => void vi.mocked(watch).mockReset())

  it('its own write, noticed late: after another one has deleted the record → told of the deletion', async () => {
    const { state, fileWatch, settle } = setUp()
    const called = vi.fn()
    stops.push(fileWatch.add('f', called))
    state.report('f')
    await settle()
    called.mockClear()
    fileWatch.expect('f', 'own')
    state.report('f')
    await settle()
    expect(called).toHaveBeenCalledTimes(1)
  })

  it('another one’s write, noticed while its own is under way → told of that, and not of its own', async () => {
    const { state, fileWatch, settle } = setUp()
    const called = vi.fn()
    stops.push(fileWatch.add('f', called))
    fileWatch.expect('f', 'own')
    state.id = 'own'
    state.report('f')
    state.report('f')
    await settle()
    expect(called).not.toHaveBeenCalled()
    state.id = 'foreign'
    state.report('f')
    state.report('f')
    await settle()
    expect(called).toHaveBeenCalledTimes(1)
  })

  it('a file that nobody listens to → is not read', async () => {
    const { state, fileWatch, settle } = setUp()
    stops.push(fileWatch.add('f', vi.fn()))
    const called = vi.fn()
    fileWatch.add('another', called)()
    state.report('another')
    await settle()
    expect(called).not.toHaveBeenCalled()
  })

  it('another directory has come into the place of the watched one, as nobody has reported → it is watched when that is noticed', async () => {
    const { state, fileWatch, onGone, settle } = setUp()
    const called = vi.fn()
    stops.push(fileWatch.add('f', called))
    fileWatch.resume()
    expect(state).toMatchObject({ watches: 1, closed: 0 })
    rmSync(place.parent, { recursive: true })
    mkdirSync(place.parent)
    fileWatch.resume()
    expect(state).toMatchObject({ watches: 2, closed: 1 })
    await settle()
    // What was written meanwhile, nobody knows.
    expect(called).toHaveBeenCalledTimes(1)
    expect(onGone).not.toHaveBeenCalled()
  })

  it('something is reported of the directory itself, which is still there → nothing is lost', () => {
    const { state, fileWatch, onGone } = setUp()
    stops.push(fileWatch.add('f', vi.fn()))
    state.report(basename(place.parent))
    expect(state).toMatchObject({ watches: 1, closed: 0 })
    expect(onGone).not.toHaveBeenCalled()
  })

  it('the watch fails → another one begins with the next preparation, which looks at what was missed', async () => {
    const { state, fileWatch, settle } = setUp()
    const called = vi.fn()
    stops.push(fileWatch.add('f', called))
    const { value } = vi.mocked(watch).mock.results.at(-1) as { value: EventEmitter }
    value.emit('error', new Error('too many'))
    expect(state.closed).toBe(1)
    fileWatch.resume()
    await settle()
    expect(state.watches).toBe(2)
    expect(called).toHaveBeenCalledTimes(1)
  })
})
