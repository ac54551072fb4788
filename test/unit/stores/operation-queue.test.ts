import { describe, expect, it } from 'vitest'
import { OperationQueue } from '../../../src/stores/operation-queue.ts'

/** Operations that end when they are told to, and say in which order they began. */
function setUp(limit?: number) {
  const queue = new OperationQueue(limit)
  const begun: number[] = []
  const ends: Record<number, PromiseWithResolvers<string>> = {}
  const run = (name: number) => {
    ends[name] = Promise.withResolvers<string>()
    const { promise } = ends[name]
    return queue.run(() => {
      begun.push(name)
      return promise
    })
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { queue, begun, ends, run, settle }
}

describe('OperationQueue', () => {
  it('room → an operation begins at once, in the same turn, and gives its result', async () => {
    const { begun, ends, run } = setUp()
    const result = run(1)
    expect(begun).toEqual([1])
    ends[1]!.resolve('done')
    expect(await result).toBe('done')
  })

  it('a thousand operations → 64 under way at most, all run, in the order in which they came', async () => {
    const queue = new OperationQueue()
    const begun: number[] = []
    let [running, most] = [0, 0]
    const operations = Array.from({ length: 1_000 }, (_, name) =>
      queue.run(async () => {
        begun.push(name)
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      }),
    )
    await Promise.all(operations)
    expect(most).toBe(64)
    expect(begun).toEqual(Array.from({ length: 1_000 }, (_, name) => name))
  })

  it('an operation that comes when a turn has just ended → does not get before those who wait', async () => {
    const { begun, ends, run, settle } = setUp(1)
    const first = run(1)
    const waiting = run(2)
    ends[1]!.resolve('')
    await first
    const late = run(3)
    await settle()
    expect(begun).toEqual([1, 2])
    ends[2]!.resolve('')
    await waiting
    await settle()
    expect(begun).toEqual([1, 2, 3])
    ends[3]!.resolve('')
    await late
  })

  it('operations that reject or throw → pass on what they threw, and give their turn back', async () => {
    const { queue, begun, ends, run } = setUp(1)
    const thrown = new Error('of the operation')
    await expect(queue.run(() => Promise.reject(thrown))).rejects.toBe(thrown)
    const throwing = () => {
      throw thrown
    }
    await expect(queue.run(throwing)).rejects.toBe(thrown)
    const result = run(1)
    expect(begun).toEqual([1])
    ends[1]!.resolve('done')
    expect(await result).toBe('done')
  })

  it('room again after a queue → the next operation begins at once', async () => {
    const { begun, ends, run, settle } = setUp(2)
    const results = [run(1), run(2), run(3)]
    for (const name of [1, 2, 3]) ends[name]!.resolve('')
    await Promise.all(results)
    await settle()
    run(4)
    run(5)
    run(6)
    expect(begun).toEqual([1, 2, 3, 4, 5])
  })
})
