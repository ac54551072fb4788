import { describe, expect, it } from 'vitest'
import { ConfigurationError, TokenStoreError } from '../../../src/base/errors.ts'
import { asStoreError, lockNotAcquired, storeFailed } from '../../../src/stores/store-error.ts'

describe('asStoreError', () => {
  it('an error of a store → stays as it is', () => {
    const error = new TokenStoreError('outcome_unknown', 'Nobody knows.')
    expect(asStoreError(error, 'Something else.')).toBe(error)
  })

  it.each([
    ['an error of the platform', new DOMException('the value eyJ-secret does not fit', 'QuotaExceededError'), 'QuotaExceededError'],
    ['another error of ours', new ConfigurationError('eyJ-secret', 'is wrong'), 'ConfigurationError'],
    ['a text', 'eyJ-secret', 'Error'],
  ])('%s → the given message, and none of its words', (_, thrown, name) => {
    const error = asStoreError(thrown, 'The storage failed.')
    expect(error).toMatchObject({ code: 'store_failed', retryable: true, message: 'The storage failed.', cause: { name } })
    expect(`${error.stack} ${error.cause?.stack} ${JSON.stringify(error)}`).not.toContain('eyJ-secret')
  })
})

describe('storeFailed, lockNotAcquired', () => {
  it('nothing was thrown → an error without a cause', () => {
    expect(storeFailed('It failed.')).toBeInstanceOf(TokenStoreError)
    expect(storeFailed('It failed.').cause).toBeUndefined()
  })

  it('a lock that was not free → the code that the caller goes by, and how long it waited', () => {
    expect(lockNotAcquired(250)).toMatchObject({ code: 'lock_not_acquired', message: expect.stringContaining('250 ms') })
  })
})
