import { expect, it } from 'vitest'
import { InvalidTokenResponseError } from '../../../src/base/errors.ts'
import { describeFailure } from '../../../src/cli/failure.ts'

it.each([
  ['Check tokenResponse.accessToken, which defineProvider() sets.', 'Check tokenResponse.accessToken in `provider`.'],
  ['Set tokenRequest.encoding by defineProvider().', 'Set tokenRequest.encoding in `provider`.'],
])('an error that says «%s» → the field of a profile', (message, said) => {
  const reply = { status: 200, url: 'https://auth.example.com/token' }
  expect(describeFailure(new InvalidTokenResponseError('invalid_token_response', message, reply))).toBe(said)
})

it('the sentences of the library that name defineProvider() are these', async () => {
  const { readFile } = await import('node:fs/promises')
  const source = await readFile(new URL('../../../src/endpoint/reply-errors.ts', import.meta.url), 'utf8')
  expect(source.match(/[^.'`]*defineProvider\(\)[^.'`]*\./g)).toEqual([
    ' Set tokenRequest.encoding by defineProvider().',
    'accessToken, which defineProvider() sets.',
  ])
})
