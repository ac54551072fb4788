import { expect, it } from 'vitest'
import { patiently } from '../../../src/cli/patiently.ts'
import { TokenStoreError } from '../../../src/index.ts'

const { signal } = new AbortController()
const held = () => new TokenStoreError('lock_not_acquired', 'held', { retryAt: Date.now() + 50 })

it('a lock that is held → the task again, until it is not', async () => {
  let times = 0
  const task = async () => {
    times++
    if (times < 3) throw held()
    return times
  }
  expect(await patiently(signal, task)).toBe(3)
})

it('any other failure → at once', async () => {
  let times = 0
  const task = async () => {
    times++
    throw new TokenStoreError('store_failed', 'broken')
  }
  await expect(patiently(signal, task)).rejects.toThrow('broken')
  expect(times).toBe(1)
})

it('the user interrupts the wait → it ends with the signal’s reason', async () => {
  const task = () => Promise.reject(held())
  await expect(patiently(AbortSignal.timeout(120), task)).rejects.toMatchObject({ name: 'TimeoutError' })
})
