import { describe, expect, it } from 'vitest'
import { cameraProfile } from '../../../../site/playground/camera-api.ts'
import { readProfile } from '../../../../site/playground/read-profile.ts'

const write = (changes: object): string => JSON.stringify({ ...cameraProfile, ...changes })

describe('readProfile', () => {
  it('reads the profile that the page begins with', () => {
    expect(readProfile(write({})).provider).toMatchObject({ name: 'cameras' })
  })

  it.each([
    { of: 'no JSON', text: '{ "name": }', found: { message: expect.stringContaining('This is no JSON') } },
    { of: 'a list', text: '[]', found: { message: expect.any(String), field: expect.any(String) } },
    { of: 'null', text: 'null', found: { message: expect.any(String), field: expect.any(String) } },
    {
      of: 'a field that is misspelt',
      text: write({ tokenURL: '/login' }),
      found: { field: 'tokenURL', message: 'tokenURL: is unknown: did you mean tokenUrl?' },
    },
    {
      of: 'a template that needs something else than a name and a password',
      text: write({ tokenRequest: { body: { user: '{user_name}' } } }),
      found: {
        field: 'provider.tokenRequest',
        message: 'provider.tokenRequest: names {user_name}, which is unknown: did you mean username?',
      },
    },
  ])('says what is wrong with $of', ({ text, found }) => {
    const read = readProfile(text)
    expect(read).toMatchObject(found)
    expect(read.provider).toBeUndefined()
  })
})
