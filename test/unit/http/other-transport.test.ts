import { describe, expect, it } from 'vitest'
import { OtherTransport } from '../../../src/http/other-transport.ts'
import { Sender } from '../../../src/http/sender.ts'
import type { SenderOptions } from '../../../src/http/transport.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { testProvider } from '../../support/test-provider.ts'

const options = (profile: Partial<Provider>) =>
  ({ provider: testProvider(profile), grant: { grantType: 'x' }, origins: [] }) as unknown as SenderOptions
const createSender = (profile: Partial<Provider>) => new Sender(options(profile), { isOver: () => false })
const createTransport = (profile: Partial<Provider>) => new OtherTransport(options(profile), createSender(profile))

describe('cookies', () => {
  const transport = createTransport({ authorization: { cookie: 'sid' } })
  const placed = (value = 'T') => ({ value, others: undefined })
  it.each([
    [undefined, 'sid=T'],
    [{ a: '1' }, 'sid=T'],
    [{ cookie: 'a=1; b=2' }, 'a=1; b=2; sid=T'],
    [{ Cookie: 'a=1;b="x y" ; sid=old;SID=other' }, 'a=1; b="x y"; SID=other; sid=T'],
    [{ cookie: 'sid' }, 'sid=T'],
    [{ cookie: 'sid =1; xsid=2; ; ' }, 'xsid=2; sid=T'],
    [new Headers({ cookie: 'sid=1' }), 'sid=T'],
  ])('of the caller: %j → %s', (headers, expected) => {
    const given = headers instanceof Headers ? new Headers(headers) : Object.freeze({ ...headers })
    expect((transport.addToHeaders(given as never, placed(), false) as Headers).get('cookie')).toBe(expected)
    expect(new Headers(given).get('cookie')).toBe(new Headers(headers as never).get('cookie'))
  })

  it('a token with a semicolon, which would be a further cookie → a ConfigurationError without it', () => {
    expect(() => transport.addToHeaders({}, placed('a;admin=1'), false)).toThrow(
      /^authorization\.cookie: cannot carry this token: a semicolon ends a cookie$/,
    )
  })
})

describe('what platforms forward wherever a redirect leads', () => {
  it.each<[string, Partial<Provider>, [isForwarded: boolean, isPlain: boolean]]>([
    ['Authorization', {}, [false, true]],
    ['Authorization by a format', { authorization: { format: 'Key {access_token}' } }, [false, true]],
    ['Authorization, beside headers of the provider', { headers: { 'x-a': '1' } }, [false, false]],
    ['another header', { authorization: { header: 'X-Token' } }, [true, false]],
    ['a second header', { authorization: { headers: { 'X-CSRF': '{access_token}' } } }, [true, false]],
    ['a query', { authorization: { query: 't' } }, [true, false]],
    ['a cookie', { authorization: { cookie: 't' } }, [true, false]],
    ['a function', { authorization: () => ({}) }, [true, false]],
  ])('%s', (_, profile, expected) => {
    const { isForwarded, isPlain } = createSender(profile)
    expect([isForwarded, isPlain]).toEqual(expected)
  })
})
