import { describe, expect, it } from 'vitest'
import { isLocal } from '../../../src/providers/local-host.ts'

const urlOf = (host: string) => new URL(`https://${host}/`)

describe('a host', () => {
  it.each([
    ...['localhost', 'LOCALHOST', 'localhost.', 'app.localhost', '127.0.0.1', '127.1', '2130706433', '0x7f.0.0.1', '127.0.0.1.', '0.0.0.0'],
    ...['10.0.0.5', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '100.127.0.1'],
    ...['[::]', '[::1]', '[fe80::1]', '[fd00::1]', '[ff02::1]', '[::ffff:127.0.0.1]', '[::ffff:8.8.8.8]', '[64:ff9b::7f00:1]'],
  ])('%s → local', (host) => {
    expect(isLocal(urlOf(host))).toBe(true)
  })

  it.each([
    ...['example.com', 'localhost.example.com', 'notlocalhost', '10.example.com', '127.0.0.1.example.com', 'fd00.example.com'],
    ...[
      '8.8.8.8',
      '11.0.0.1',
      '100.63.0.1',
      '100.128.0.1',
      '172.15.0.1',
      '172.32.0.1',
      '192.0.2.1',
      '192.169.0.1',
      '169.253.0.1',
      '198.20.0.1',
    ],
    ...['223.1.1.1', '[2606:4700::1111]', '[2a00:1450::1]', '[2001:db8::1]', '[2003::1]'],
  ])('%s → not local, as far as it says', (host) => {
    expect(isLocal(urlOf(host))).toBe(false)
  })
})
