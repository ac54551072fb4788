import { expect, it } from 'vitest'
import { matchesReply, type ReplyMatch } from '../../../src/vocabulary/reply-match.ts'

const body = {
  success: false,
  error: { code: 119 },
  none: null,
  list: [{ rspCode: -7 }, { rspCode: -6 }],
  text: 'Token expired',
  empty: '',
}
const reply = { status: 200, body, text: JSON.stringify(body), headers: new Headers({ 'x-reason': 'expired' }) }

it.each<[ReplyMatch, boolean]>([
  [{ status: 200 }, true],
  [{ status: [401, 200] }, true],
  [{ status: 401 }, false],
  [{ path: 'error.code' }, true],
  [{ path: 'error.other' }, false],
  [{ path: 'none' }, false],
  [{ path: 'empty' }, false],
  [{ path: 'none', is: null }, true],
  [{ path: 'other', is: null }, false],
  [{ path: 'empty', is: '' }, true],
  [{ path: 'success', is: false }, true],
  [{ path: 'success', is: 'false' }, false],
  [{ path: 'error.code', is: [105, 119] }, true],
  [{ path: 'error.code', is: '119' }, false],
  [{ path: 'error.code', isNot: 0 }, true],
  [{ path: 'error.code', isNot: [0, 119] }, false],
  [{ path: 'error.other', isNot: 0 }, false],
  [{ path: 'text', contains: 'expired' }, true],
  [{ path: 'text', contains: ['revoked', 'Token'] }, true],
  [{ path: 'text', contains: 'EXPIRED' }, false],
  [{ path: 'error.code', contains: '119' }, false],
  [{ path: 'list.*.rspCode', is: -6 }, true],
  [{ path: 'list.*.rspCode', is: -5 }, false],
  [{ path: ['other', 'error.code'], is: 119 }, true],
  [{ path: '', contains: 'Token expired' }, true],
  [{ path: '', contains: 'Token valid' }, false],
  [{ path: 'header:x-reason', is: 'expired' }, true],
  [{ path: 'header:x-other' }, false],
  [{ status: 200, path: 'success', is: false }, true],
  [{ status: 401, path: 'success', is: false }, false],
  [{ path: 'error.code', is: 119, isNot: 119 }, false],
])('%j → %s', (rule, isMatch) => {
  expect(matchesReply(reply, rule)).toBe(isMatch)
})

it('a wildcard wants one element that meets everything', () => {
  expect(matchesReply(reply, { path: 'list.*.rspCode', is: [-7, -6], isNot: -7 })).toBe(true)
  expect(matchesReply(reply, { path: 'list.*.rspCode', is: -7, isNot: -7 })).toBe(false)
})

it('a reply without a text has no whole text', () => {
  expect(matchesReply({ status: 200, body: undefined }, { path: '' })).toBe(false)
  expect(matchesReply({ status: 200, body: undefined, text: '' }, { path: '' })).toBe(false)
})
