import { expect, it } from 'vitest'
import { cleanAddressBar, responseParameters } from '../../../src/sign-in/address-bar.ts'
import { stubPage } from '../../support/sign-in/begin-sign-in.ts'

const base = 'https://app.example.com/callback'

it.each([
  ['?code=c&state=s', ''],
  ['?code=c&state=s&iss=https%3A%2F%2Fauth.example.com', ''],
  ['?error=access_denied&error_description=No&error_uri=https%3A%2F%2Fx&state=s', ''],
  ['?tab=2&code=c&state=s&q=a+b', '?tab=2&q=a+b'],
  ['?code=a&code=b&state=s&state=t', ''],
  ['?%63ode=c&st%61te=s&keep', '?keep'],
  ['?q=a%20b+c%2F&&code=c&x=%zz', '?q=a%20b+c%2F&&x=%zz'],
  ['?code', ''],
  ['?codes=1&mystate=2&CODE=3', '?codes=1&mystate=2&CODE=3'],
  ['', ''],
])('a page at %s → %s', (search, left) => {
  const page = stubPage(`${base}${search}#part`)
  cleanAddressBar(new URL(base + search))
  expect(page.location.href).toBe(`${base}${left}#part`)
})

it('history.state → stays', () => {
  const { history } = stubPage(`${base}?code=c`)
  cleanAddressBar(new URL(`${base}?code=c`))
  expect(history.replaceState.mock.calls).toEqual([[{ scroll: 7 }, '', base]])
})

it.each([
  ['another origin', 'https://evil.example/callback?code=c'],
  ['another path', 'https://app.example.com/other?code=c'],
  ['another response', `${base}?code=d`],
])('a response of %s than the page’s → the address bar stays', (_, response) => {
  const { history } = stubPage(`${base}?code=c`)
  cleanAddressBar(new URL(response))
  expect(history.replaceState).not.toHaveBeenCalled()
})

it('outside of a page → nothing happens', () => expect(() => cleanAddressBar(new URL(`${base}?code=c`))).not.toThrow())

it('a frame that may not change its history → goes on', () => {
  const { history } = stubPage(`${base}?code=c`, {
    replaceState: () => {
      throw new DOMException('not allowed', 'SecurityError')
    },
  })
  cleanAddressBar(new URL(`${base}?code=c`))
  expect(history.replaceState).toHaveBeenCalledOnce()
})

it('what an authorization server adds → is known', () => {
  expect(responseParameters).toEqual(['code', 'state', 'iss', 'error', 'error_description', 'error_uri'])
})
