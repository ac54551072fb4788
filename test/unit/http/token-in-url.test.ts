import { describe, expect, it } from 'vitest'
import { addToQuery, withoutSecrets } from '../../../src/http/token-in-url.ts'
import { forms } from '../../support/url-forms.ts'

const api = 'https://api.ok/x'

describe('a token at the end of a query', () => {
  it.each([
    ['none', '', '?token=T'],
    ['an empty one', '?', '?token=T'],
    ['other parameters', '?a=1&b', '?a=1&b&token=T'],
    ['what URLSearchParams would write otherwise', "?a=b+c%20d&x=~(!)*,;:@/?'", '?a=b+c%20d&x=~(!)*,;:@/?%27&token=T'],
    ['empty parts', '?&&a=1&', '?&&a=1&&token=T'],
    ['one of its name', '?token=old&a=1', '?a=1&token=T'],
    ['several of its name', '?token=1&token=2&a=1&token', '?a=1&token=T'],
    ['one of its name, encoded', '?%74oken=1&t%6Fken=2&a=1', '?a=1&token=T'],
    ['names that are like it', '?Token=1&xtoken=2&token2=3&token%5B%5D=4', '?Token=1&xtoken=2&token2=3&token%5B%5D=4&token=T'],
    ['a fragment', '?a=1#token=2?x', '?a=1&token=T#token=2?x'],
    ['a fragment alone', '#?token=1', '?token=T#?token=1'],
    ['escapes that are none', '?a=%zz&b=%', '?a=%zz&b=%&token=T'],
  ])('%s', (_, query, expected) => {
    expect(addToQuery(`${api}${query}`, 'token', 'T')).toBe(`${api}${expected}`)
  })

  it.each(["a+b/c=&d#e?f%20'", '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'])(
    'the token %j → is read as it is, and no space is a plus',
    (token) => {
      const href = addToQuery(`${api}?q=a b`, 'the token', token)
      expect(href).toMatch(/^https:\/\/api\.ok\/x\?q=a%20b&the%20token=/)
      expect(href).not.toContain('+')
      expect(new URL(href).searchParams.get('the token')).toBe(token)
    },
  )

  it.each(forms.filter(([, , href]) => /^https?:/.test(href)))('%j → goes to the same place as without it', (_text, _isAllowed, href) => {
    const [sent, before] = [new URL(addToQuery(href, 'token', 'T&#?/')), new URL(href)]
    expect([sent.origin, sent.username, sent.pathname, sent.hash]).toEqual([before.origin, before.username, before.pathname, before.hash])
    expect([...sent.searchParams]).toEqual([...before.searchParams, ['token', 'T&#?/']])
  })

  it('again, for a replay → takes the place of the first one', () => {
    expect(addToQuery(addToQuery(`${api}?a=1`, 'token', 'old'), 'token', 'new')).toBe(`${api}?a=1&token=new`)
  })
})

describe('a URL that repeats the token, for another origin', () => {
  const secret = 's3cr3t+/='
  const encoded = encodeURIComponent(secret)
  it.each([
    ['under its name', `?a=1&token=${encoded}`, '?a=1'],
    ['under its name, of which the value is another', '?token=other', '?token=other'],
    ['under another name', `?key=${encoded}&b=2`, '?b=2'],
    ['as it is', `?key=${secret}&b=2`, '?b=2'],
    ['in a URL of a parameter', `?next=${encodeURIComponent(`https://api.ok/?token=${encoded}`)}&b=2`, '?b=2'],
    ['encoded three times', `?next=${encodeURIComponent(encodeURIComponent(encoded))}&b=2`, '?b=2'],
    ['nowhere', '?a=b+c&d', '?a=b+c&d'],
  ])('%s', (_, query, expected) => {
    expect(withoutSecrets(`https://bucket.ok/p${query}`, [secret], 'token')).toBe(`https://bucket.ok/p${expected}`)
  })

  it('a token that is shorter than a word → is looked for by its name alone', () => {
    expect(withoutSecrets('https://bucket.ok/abc?abc=abc&token=abc', ['abc'], 'token')).toBe('https://bucket.ok/abc?abc=abc')
  })

  it.each([`https://bucket.ok/${encoded}/x`, `https://bucket.ok/a/${secret}?b=2`, `https://bucket.ok/#${secret}`, 'https://s3cr3t.ok/'])(
    '%s, elsewhere than in the query → is none to call',
    (href) => {
      expect(withoutSecrets(href, [href.includes('s3cr3t.ok') ? 's3cr3t' : secret], 'token')).toBeUndefined()
    },
  )
})
