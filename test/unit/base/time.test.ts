import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deadline, longestTimerMs, sleep, startBackgroundTimer, tooLate } from '../../../src/base/time.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** An answer that comes after so many ms. */
const answerAfter = <T>(ms: number, answer: T): Promise<T> => new Promise((resolve) => setTimeout(resolve, ms, answer))

/** What a deadline gave, and after how many ms by the timers. */
async function outcomeOf<T>(promise: Promise<T>): Promise<[T, number]> {
  const startedAt = Date.now()
  const outcome = promise.then((value): [T, number] => [value, Date.now() - startedAt])
  await vi.advanceTimersByTimeAsync(2 ** 32)
  return outcome
}

describe('a deadline', () => {
  it('gives what comes in time, and leaves no timer', async () => {
    expect(await deadline('now', 100)).toBe('now')
    expect(await deadline(Promise.resolve('soon'), 100)).toBe('soon')
    expect(vi.getTimerCount()).toBe(0)
    expect(await outcomeOf(deadline(answerAfter(99, 'late'), 100))).toEqual(['late', 99])
  })
  it('rejects as the promise does', async () => {
    await expect(deadline(Promise.reject(new Error('x')), 100)).rejects.toThrow('x')
    expect(vi.getTimerCount()).toBe(0)
  })
  it('gives what has arrived one further turn', async () => {
    expect(await outcomeOf(deadline(answerAfter(100, 'just'), 100))).toEqual(['just', 100])
    expect(await outcomeOf(deadline(answerAfter(119, 'just'), 100))).toEqual(['just', 119])
    expect(await outcomeOf(deadline(answerAfter(5000, 'never'), 100))).toEqual([tooLate, 120])
  })
  it.each([0, -5])('of %i ms is one turn', async (ms) => expect(await outcomeOf(deadline(answerAfter(50, 'x'), ms))).toEqual([tooLate, 20]))

  describe('that fires late, since the process slept or its loop was blocked', () => {
    /** The monotonic clock jumps while timers stand still. */
    const jump = (ms: number) => {
      const now = performance.now() + ms
      vi.spyOn(performance, 'now').mockReturnValue(now)
    }
    it('by more than a second gives a further second, once', async () => {
      const begun = deadline(answerAfter(1050, 'in the socket'), 100)
      jump(60_000)
      expect(await outcomeOf(begun)).toEqual(['in the socket', 1050])
      const silent = deadline(answerAfter(5000, 'never'), 100)
      jump(60_000)
      expect(await outcomeOf(silent)).toEqual([tooLate, 1100])
    })
    it('by less gives one turn', async () => {
      const begun = deadline(answerAfter(5000, 'never'), 100)
      jump(900)
      expect(await outcomeOf(begun)).toEqual([tooLate, 120])
    })
    it('in its further turn gives a further second too, once', async () => {
      const begun = deadline(answerAfter(1110, 'in the socket'), 100)
      await vi.advanceTimersByTimeAsync(110)
      jump(60_000)
      expect(await outcomeOf(begun)).toEqual(['in the socket', 1000])
      vi.mocked(performance.now).mockRestore()
      const silent = deadline(answerAfter(5000, 'never'), 100)
      await vi.advanceTimersByTimeAsync(110)
      jump(60_000)
      expect(await outcomeOf(silent)).toEqual([tooLate, 1010])
    })
    it('is not told by the wall clock, which may be set', async () => {
      const begun = deadline(answerAfter(5000, 'never'), 100)
      vi.setSystemTime(Date.now() + 86_400_000)
      const startedAt = performance.now()
      await vi.advanceTimersByTimeAsync(1000)
      expect(await begun).toBe(tooLate)
      expect(performance.now() - startedAt).toBe(1000)
    })
  })

  it('longer than timers go is no deadline of none', async () => {
    expect(await outcomeOf(deadline(answerAfter(5000, 'x'), 2 ** 40))).toEqual(['x', 5000])
    expect(await outcomeOf(deadline(new Promise(() => {}), longestTimerMs + 1000))).toEqual([tooLate, longestTimerMs + 1020])
  })
  it('that is spent in turns counts each as no longer than it is', async () => {
    const begun = deadline(answerAfter(95, 'slow'), 100, { turnMs: 10 })
    expect(await outcomeOf(begun)).toEqual(['slow', 95])
    expect(await outcomeOf(deadline(answerAfter(5000, 'never'), 95, { turnMs: 10 }))).toEqual([tooLate, 115])
  })
  it('that is spent in turns outlasts a process that computes: a turn that fires late is one turn all the same', async () => {
    for (const [turns, outcome] of [
      [10, 'late'],
      [11, tooLate],
    ] as const) {
      const due: (() => void)[] = []
      vi.stubGlobal('setTimeout', (task: () => void) => due.push(task))
      const late = Promise.withResolvers<string>()
      const begun = deadline(late.promise, 100, { turnMs: 10 })
      for (let turn = 0; turn < turns; turn++) due.shift()?.()
      late.resolve('late')
      vi.unstubAllGlobals()
      expect(await begun).toBe(outcome)
    }
  })
  it('tells of an answer that comes after it, and not of one in time', async () => {
    const onLate = vi.fn()
    await outcomeOf(deadline(answerAfter(5000, 'late'), 100, { onLate }))
    expect(onLate.mock.calls).toEqual([['late']])
    await outcomeOf(deadline(answerAfter(50, 'soon'), 100, { onLate }))
    expect(onLate).toHaveBeenCalledTimes(1)
  })
  it('that is over is not disturbed by a late rejection', async () => {
    const late = new Promise((_, reject) => setTimeout(reject, 5000, new Error('late')))
    expect(await outcomeOf(deadline(late, 100))).toEqual([tooLate, 120])
  })
  it('keeps a process alive only where it is asked to', async () => {
    const timers: { hasRef(): boolean }[] = []
    vi.useRealTimers()
    const { setTimeout: real } = globalThis
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((...given: Parameters<typeof setTimeout>) => {
      const timer = real(...given)
      timers.push(timer)
      return timer
    }) as never)
    const [background, foreground] = [deadline(new Promise(() => {}), 1), deadline(new Promise(() => {}), 1, { isForeground: true })]
    expect(timers.map((timer) => timer.hasRef())).toEqual([false, true])
    await foreground
    await background
    expect(timers.slice(2).map((timer) => timer.hasRef())).toEqual([false, true])
  })
})

describe('a sleep', () => {
  it('lasts as long as it says', async () => expect((await outcomeOf(sleep(250)))[1]).toBe(250))
  it('is cut to what timers go', async () => expect((await outcomeOf(sleep(2 ** 40)))[1]).toBe(longestTimerMs))
  it('ends at once with its signal, whose listener it leaves', async () => {
    const controller = new AbortController()
    const remove = vi.spyOn(controller.signal, 'removeEventListener')
    const done = sleep(10, { signal: controller.signal })
    await vi.advanceTimersByTimeAsync(10)
    await done
    expect(remove).toHaveBeenCalledTimes(1)
    const slept = sleep(5000, { signal: controller.signal })
    controller.abort('left')
    await expect(slept).rejects.toBe('left')
    await expect(sleep(5000, { signal: controller.signal })).rejects.toBe('left')
    expect(vi.getTimerCount()).toBe(0)
  })
})

it('a background timer runs its task with what it was given', async () => {
  const task = vi.fn()
  startBackgroundTimer(task, 10, 'a', 1)
  await vi.advanceTimersByTimeAsync(10)
  expect(task.mock.calls).toEqual([['a', 1]])
})
