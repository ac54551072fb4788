import { expect, it } from 'vitest'
import { buildRequestHeaders } from '../../../src/proxy/request-headers.ts'

it('what describes the content and what is asked of it goes up, as it is', () => {
  const headers = {
    accept: 'application/json;q=0.9, */*',
    'accept-language': 'de, en;q=0.5',
    'cache-control': 'no-cache',
    'content-digest': 'sha-256=:x:',
    'content-encoding': 'gzip',
    'content-language': 'de',
    'content-type': 'application/json; charset=utf-8',
    'idempotency-key': '"1"',
    'if-match': '"a"',
    'if-modified-since': 'Mon, 01 Jan 2024 00:00:00 GMT',
    'if-none-match': 'W/"b"',
    'if-range': '"c"',
    'if-unmodified-since': 'Tue, 02 Jan 2024 00:00:00 GMT',
    'last-event-id': '7',
    prefer: 'return=minimal',
    range: 'bytes=0-9',
  }
  expect(buildRequestHeaders(new Headers(headers))).toEqual(headers)
})

it.each([
  ...['authorization', 'proxy-authorization', 'cookie', 'cookie2', 'x-api-key', 'x-access-token', 'x-auth-token', 'x-csrf-token'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix', 'forwarded', 'via', 'x-real-ip', 'true-client-ip'],
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-authenticate', 'expect'],
  ...['host', 'content-length', 'accept-encoding', 'origin', 'referer', 'user-agent', 'sec-fetch-site', 'sec-ch-ua', 'x-tokenwell'],
  ...['x-http-method-override', 'x-method-override', 'x-original-url', 'x-rewrite-url', 'x-anything', 'http2-settings', 'max-forwards'],
])('%s does not go up', (name) => {
  expect(buildRequestHeaders(new Headers({ [name]: 'value' }))).toEqual({})
})

it('what Connection names does not go up either, in any case', () => {
  const headers = new Headers({ accept: 'a/b', range: 'bytes=0-1', prefer: 'x', connection: 'keep-alive, Accept ,RANGE' })
  expect(buildRequestHeaders(headers)).toEqual({ prefer: 'x' })
})
