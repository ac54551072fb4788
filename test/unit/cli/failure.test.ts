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
