import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PreparedDirectory, within } from '../../../../src/stores/file/prepared-directory.ts'
import { storeFailed } from '../../../../src/stores/store-error.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const gone = () => Object.assign(new Error('no such file, secret-name'), { code: 'ENOENT' })
const never = () => new Promise<never>(() => {})
const thrownBy = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

describe('PreparedDirectory', () => {
  it('1 000 uses that begin together → one preparation, before all of them; later ones find it done', async () => {
    let isPrepared = false
    const prepare = vi.fn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      isPrepared = true
    })
    const directory = new PreparedDirectory('/d', prepare)
    const uses = Array.from({ length: 1_000 }, () => directory.use(async () => expect(isPrepared).toBe(true)))
    await vi.advanceTimersByTimeAsync(50)
    await Promise.all(uses)
    expect(await directory.use(async () => 'done')).toBe('done')
    expect(prepare).toHaveBeenCalledTimes(1)
  })

  it('a preparation that fails → all who waited for it hear why, and the next use tries again', async () => {
    const refused = storeFailed('It is a symbolic link.')
    const prepare = vi.fn().mockRejectedValueOnce(refused).mockResolvedValue(undefined)
    const directory = new PreparedDirectory('/d', prepare)
    const work = vi.fn(async () => 'done')
    const outcomes = await Promise.all([1, 2, 3].map(() => thrownBy(directory.use(work))))
    expect(outcomes).toEqual([refused, refused, refused])
    expect(work).not.toHaveBeenCalled()
    expect(await directory.use(work)).toBe('done')
    expect(prepare).toHaveBeenCalledTimes(2)
  })

  it('a preparation that hangs → nobody hangs with it for longer than 1.5 s; when it is done after all, it serves', async () => {
    let finish = () => {}
    const prepare = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)))
    const directory = new PreparedDirectory('/d', prepare)
    const work = vi.fn(async () => 'done')
    const first = thrownBy(directory.use(work))
    await vi.advanceTimersByTimeAsync(1_000)
    const second = thrownBy(directory.use(work))
    await vi.advanceTimersByTimeAsync(600)
    expect(await first).toMatchObject({ name: 'TokenStoreError', code: 'store_failed', message: expect.stringMatching(/did not answer/) })
    finish()
    await vi.advanceTimersByTimeAsync(0)
    expect(await second).toBe('done')
    expect(await directory.use(work)).toBe('done')
    expect(prepare).toHaveBeenCalledTimes(1)
  })

  it('has gone, as many uses see at once → one new preparation, and all are done', async () => {
    const prepare = vi.fn(async () => {})
    const directory = new PreparedDirectory('/d', prepare)
    let isThere = false
    prepare
      .mockImplementationOnce(async () => {})
      .mockImplementationOnce(async () => {
        isThere = true
      })
    const work = async () => {
      if (!isThere) throw gone()
      return 'done'
    }
    expect(await Promise.all(Array.from({ length: 100 }, () => directory.use(work)))).toEqual(Array(100).fill('done'))
    expect(prepare).toHaveBeenCalledTimes(2)
  })

  it('goes each time → three attempts, and an error that names the directory and the code, and nothing else', async () => {
    const prepare = vi.fn(async () => {})
    const error = (await thrownBy(new PreparedDirectory('/d', prepare).use(() => Promise.reject(gone())))) as Error
    expect(error).toMatchObject({ code: 'store_failed', message: expect.stringMatching(/\/d cannot be used \(ENOENT\)/) })
    expect(`${error.stack} ${error.message} ${String((error.cause as Error).stack)}`).not.toContain('secret-name')
    expect(prepare).toHaveBeenCalledTimes(3)
  })

  it('somebody says that it has gone → the next use prepares it again', async () => {
    const prepare = vi.fn(async () => {})
    const directory = new PreparedDirectory('/d', prepare)
    await directory.use(async () => {})
    directory.lose()
    await directory.use(async () => {})
    expect(prepare).toHaveBeenCalledTimes(2)
  })
})

describe('within', () => {
  it('work that hangs → rejects with the code that was asked for', async () => {
    const reading = thrownBy(within(100, never()))
    const writing = thrownBy(within(100, never(), 'outcome_unknown'))
    await vi.advanceTimersByTimeAsync(200)
    expect(await reading).toMatchObject({ name: 'TokenStoreError', code: 'store_failed' })
    expect(await writing).toMatchObject({ name: 'TokenStoreError', code: 'outcome_unknown' })
  })
})
