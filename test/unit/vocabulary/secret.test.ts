import { expect, it } from 'vitest'
import { resolveSecret } from '../../../src/vocabulary/secret.ts'

it.each([['s3cret'], [() => 's3cret'], [async () => 's3cret'], ['  ']])(
  'a secret is its string, or what its function gives: %j',
  async (secret) => {
    expect(await resolveSecret('password', secret)).toBe(typeof secret === 'string' ? secret : 's3cret')
  },
)

it.each([[''], [undefined], [null], [5], [() => ''], [async () => undefined], [() => 5]])(
  'no string is a configuration error: %j',
  async (secret) => {
    await expect(resolveSecret('password', secret as never)).rejects.toMatchObject({ code: 'invalid_configuration', option: 'password' })
  },
)

it('a function that throws is a failure', async () => {
  const broken = () => Promise.reject(Object.assign(new Error('hunter2'), { code: 'EPIPE' }))
  await expect(resolveSecret('password', broken)).rejects.toMatchObject({
    code: 'function_failed',
    option: 'password',
    cause: { code: 'EPIPE' },
  })
})
