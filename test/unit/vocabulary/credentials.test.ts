import { expect, it } from 'vitest'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { password } from '../../../src/grants/password.ts'
import { markCredentials } from '../../../src/vocabulary/credentials.ts'

it('the same secrets have the same mark, whoever they belong to', () => {
  const mark = markCredentials(password({ username: 'me', password: 'a secret' }))
  expect(mark).toBe(markCredentials(password({ username: 'somebody', password: 'a secret' })))
})

it('of 500 other passwords hardly one has the same mark, and all marks have twelve bits', () => {
  const marks = Array.from(
    { length: 500 },
    (_, index) => markCredentials(password({ username: 'me', password: `Secret-${index}` })) as number,
  )
  const first = marks[0]
  expect(marks.filter((mark) => mark === first).length).toBeLessThan(4)
  expect(new Set(marks).size).toBeGreaterThan(400)
  expect(marks.every((mark) => Number.isInteger(mark) && mark >= 0 && mark < 4_096)).toBe(true)
})

it.each([
  clientCredentials({ clientId: 'a', clientSecret: () => 'secret' }),
  password({ username: 'me', password: async () => 'secret' }),
  customGrant({ grantType: 'x', parameters: { a: 'text', b: () => 'secret' } }),
])('a secret that a function gives has no mark', (grant) => {
  expect(markCredentials(grant)).toBeUndefined()
})
