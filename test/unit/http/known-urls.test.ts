import { expect, test } from 'vitest'
import { KnownUrls } from '../../../src/http/known-urls.ts'

test('a text that was added → what is sent for it; any other text → nothing', () => {
  const known = new KnownUrls()
  known.add('https://api.test/a b', 'https://api.test/a%20b')
  known.add('https://api.test/c', 'https://api.test/c')
  expect(known.get('https://api.test/a b')).toBe('https://api.test/a%20b')
  expect(known.get('https://api.test/c')).toBe('https://api.test/c')
  for (const text of ['', 'https://api.test/a%20b', 'https://api.test/', 'https://api.test/c/', 'HTTPS://api.test/c']) {
    expect(known.get(text)).toBeUndefined()
  }
})

test('texts without end → a bounded number of them is kept, and the first and the newest are among them', () => {
  const known = new KnownUrls()
  const texts = Array.from({ length: 10_000 }, (_, index) => `https://api.test/${index}`)
  for (const text of texts) known.add(text, text)
  expect(texts.filter((text) => known.get(text) !== undefined).length).toBeLessThanOrEqual(257)
  expect(known.get('https://api.test/0')).toBe('https://api.test/0')
  expect(known.get('https://api.test/9999')).toBe('https://api.test/9999')
})
