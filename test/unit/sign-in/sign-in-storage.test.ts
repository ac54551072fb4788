import { expect, it, vi } from 'vitest'
import { ConfigurationError, TokenStoreError } from '../../../src/base/errors.ts'
import { chooseStorage, type SignInStorage, storageFailed } from '../../../src/sign-in/sign-in-storage.ts'
import { createMapStorage, stubPage } from '../../support/sign-in/begin-sign-in.ts'
import { FakeStorage } from '../stores/browser/fake-storage.ts'

const page = 'https://app.example.com/'

it('a storage that is given → is taken, in a page too', () => {
  const storage = createMapStorage(new Map())
  expect(chooseStorage(storage)).toBe(storage)
  stubPage(page, { storage: new FakeStorage() })
  expect(chooseStorage(storage)).toBe(storage)
})

it('none in a page → is its sessionStorage', () => {
  const storage = new FakeStorage()
  stubPage(page, { storage })
  expect(chooseStorage(undefined)).toBe(storage)
})

it('none on a server → is refused, although Node.js has a sessionStorage', () => {
  expect('sessionStorage' in globalThis).toBe(true)
  expect(() => chooseStorage(undefined)).toThrow(expect.objectContaining({ name: 'ConfigurationError', option: 'storage' }))
})

it('none in a worker, which may have a location → is refused', () => {
  vi.stubGlobal('location', { href: page })
  try {
    expect(() => chooseStorage(undefined)).toThrow(ConfigurationError)
  } finally {
    vi.unstubAllGlobals()
  }
})

it.each([
  ['is blocked', undefined],
  ['is not there', null],
])('a page whose sessionStorage %s → says to pass another one', (_, storage) => {
  stubPage(page, { storage })
  expect(() => chooseStorage(undefined)).toThrow(expect.objectContaining({ name: 'TokenStoreError', code: 'store_failed' }))
  expect(() => chooseStorage(undefined)).toThrow(/pass another `storage`/)
})

it.each([null, {}, 'sessionStorage', new Map(), { getItem: () => null, setItem: () => {} }])('%j as a storage → is refused', (storage) => {
  expect(() => chooseStorage(storage as unknown as SignInStorage)).toThrow(ConfigurationError)
})

it('what a storage throws → leaves its name and code alone', () => {
  const error = storageFailed(Object.assign(new TypeError('cannot write "secret"'), { code: 'QUOTA' }))
  expect(error).toBeInstanceOf(TokenStoreError)
  expect(error.cause).toMatchObject({ name: 'TypeError', code: 'QUOTA' })
  expect(`${error.message} ${error.cause?.message} ${error.stack}`).not.toContain('secret"')
})
