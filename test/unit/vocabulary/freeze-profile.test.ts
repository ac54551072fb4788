import { expect, it } from 'vitest'
import { freezeProfile } from '../../../src/vocabulary/freeze-profile.ts'

const least = { name: 'mine', apiUrl: 'https://api.example', tokenUrl: 'https://auth.example/token' }

it('a profile → a frozen copy that has every section', () => {
  const copy = freezeProfile({ ...least, tokenRequest: { encoding: 'json' } })
  expect(copy).toEqual({
    ...least,
    tokenRequest: { encoding: 'json' },
    renewal: { by: 'refresh_token' },
    tokenResponse: {},
    authorization: {},
  })
  expect(Object.isFrozen(copy)).toBe(true)
  expect(Object.isFrozen(copy.tokenRequest)).toBe(true)
})
it('a section that is undefined → is there all the same', () => {
  expect(freezeProfile({ ...least, tokenResponse: undefined, renewal: undefined })).toMatchObject({
    tokenResponse: {},
    renewal: { by: 'refresh_token' },
  })
})
it('its own copy → as it is, so that managers share it', () => {
  const copy = freezeProfile(least)
  expect(freezeProfile(copy)).toBe(copy)
  expect(freezeProfile({ ...copy })).not.toBe(copy)
})
