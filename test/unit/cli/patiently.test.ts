import { expect, it, onTestFinished, vi } from 'vitest'
import { patiently } from '../../../src/cli/patiently.ts'
import { TokenNetworkError, TokenStoreError } from '../../../src/index.ts'

const { signal } = new AbortController()
const secrets = { isFetching: false, fetched: async () => {} }
const patience = { signal, secrets }
const held = () => new TokenStoreError('lock_not_acquired', 'held', { retryAt: Date.now() + 50 })

it('a lock that is held → the task again, until it is not', async () => {
  let times = 0
  const task = async () => {
    times++
    if (times < 3) throw held()
    return times
  }
  expect(await patiently(task, patience)).toBe(3)
})

it('a lock that is held for more than half a minute → the failure', async () => {
  let elapsedMs = 0
  let times = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => elapsedMs)
  onTestFinished(() => clock.mockRestore())
  const task = () => {
    times++
    elapsedMs += 15_000
    return Promise.reject(held())
  }
  await expect(patiently(task, patience)).rejects.toThrow('held')
  expect(times).toBe(2)
})

it.each([
  ['with a time to try again → until then', 700, 700],
  ['whose time to try again is over → a tenth of a second', -700, 100],
])('the pause after a failure %s; it keeps the process alive', async (_, inMs, pauseMs) => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const timers = vi.spyOn(globalThis, 'setTimeout')
  let times = 0
  const task = async () => {
    if (++times < 2) throw new TokenStoreError('lock_not_acquired', 'held', { retryAt: Date.now() + inMs })
  }
  const done = patiently(task, patience)
  await vi.advanceTimersByTimeAsync(pauseMs - 1)
  expect(times).toBe(1)
  expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([true])
  await vi.advanceTimersByTimeAsync(1)
  await done
  expect(times).toBe(2)
})

it('any other failure → at once', async () => {
  let times = 0
  const task = async () => {
    times++
    throw new TokenStoreError('store_failed', 'broken')
  }
  await expect(patiently(task, patience)).rejects.toThrow('broken')
  expect(times).toBe(1)
})

it('the user interrupts the wait → it ends with the signal’s reason', async () => {
  const task = () => Promise.reject(held())
  await expect(patiently(task, { signal: AbortSignal.timeout(120), secrets })).rejects.toMatchObject({ name: 'TimeoutError' })
})

it('a secret that a person is still typing → waited for, however long that takes', async () => {
  let isFetching = true
  let times = 0
  const typing = {
    isFetching: true,
    fetched: async () => {
      isFetching = false
    },
  }
  const task = async () => {
    times++
    if (isFetching) throw new TokenNetworkError('function_failed', 'clientSecret did not answer')
    return times
  }
  expect(await patiently(task, { signal, secrets: typing })).toBe(2)
})

it('a function that failed, with no secret under way → at once', async () => {
  const task = () => Promise.reject(new TokenNetworkError('function_failed', 'it threw'))
  await expect(patiently(task, patience)).rejects.toThrow('it threw')
})
