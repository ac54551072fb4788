import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isRetryable, readAdvice, readErrorClasses, writeErrorCodes } from '../../../site/build/error-codes.ts'
import * as tokenwell from '../../../src/index.ts'

const root = resolve(import.meta.dirname, '../../..')
const classes = readErrorClasses(root)

describe('the page of error codes', () => {
  it('has every class that is exported', () => {
    const exported = Object.keys(tokenwell).filter(
      (name) => name.endsWith('Error') && !['TokenwellError', 'isTokenwellError'].includes(name),
    )
    expect(classes.map(({ name }) => name).toSorted()).toEqual(exported.toSorted())
  })

  it('has a heading for every code, and what to do about it', () => {
    const codes = classes.flatMap((one) => one.codes)
    const page = writeErrorCodes(root)
    const advice = readAdvice(root)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes).toEqual(expect.arrayContaining(['refused', 'sign_in_required', 'invalid_configuration', 'later_version']))
    for (const code of codes) expect(page).toContain(`### \`${code}\`\n\n- What to do: ${advice.get(code)}\n`)
  })

  it.each([
    ['TokenEndpointError', 'refused', false],
    ['TokenEndpointError', 'unavailable', true],
    ['TokenStoreError', 'later_version', false],
    ['TokenNetworkError', 'timed_out', true],
    ['ConfigurationError', 'invalid_configuration', false],
  ])('%s with %s: retryable %s', (name, code, retryable) => {
    const found = classes.find((one) => one.name === name)
    expect(found && isRetryable(found, code)).toBe(retryable)
  })
})
