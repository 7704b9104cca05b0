import { describe, expect, test } from 'vitest'
import { isForbiddenAddress, sameAddress } from '../../../src/discover/forbidden-addresses.ts'
import { specialIpv4Blocks, specialIpv6Blocks } from '../../../src/discover/special-addresses.ts'

describe('addresses that must not be connected to because DNS says so', () => {
  test.each([
    '0.0.0.0',
    '10.255.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.170',
    '192.0.2.1',
    '192.31.196.1',
    '192.52.193.1',
    '192.88.99.1',
    '192.175.48.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.255',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
  ])('%s', address => expect(isForbiddenAddress(address, 4)).toBe(true))

  test.each([
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '64:ff9b::10.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::192.0.2.1',
    '64:ff9b:1::1',
    '64:ff9b:1:ffff::8.8.8.8',
    '64:ff9b:2::1',
    '64:ff9b:ffff::1',
    '::ffff:0:8.8.8.8',
    '::ffff:0:10.0.0.1',
    '100::1',
    '100:0:0:1::1',
    '200::1',
    '2001::1',
    '2001:1::1',
    '2001:2::1',
    '2001:3::1',
    '2001:4:112::1',
    '2001:10::1',
    '2001:1f:ffff::1',
    '2001:20::1',
    '2001:2f:ffff::1',
    '2001:30::1',
    '2001:db8::1',
    '2620:4f:8000::1',
    '3fff::1',
    '3fff:fff:ffff::1',
    '4000::1',
    '5f00::1',
    '5fff::1',
    '6000::1',
    'fe00::1',
    'fec0::1',
    '2002:7f00:1::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
  ])('%s', address => expect(isForbiddenAddress(address, 6)).toBe(true))

  test.each(['', 'mail.example', '1.2.3', '1.2.3.4.5'])('what is no address: %j', text => {
    expect(isForbiddenAddress(text, 4)).toBe(true)
    expect(isForbiddenAddress(text, 6)).toBe(true)
  })
})

describe('addresses of the public internet', () => {
  test.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '172.15.0.1',
    '172.32.0.1',
    '192.0.1.1',
    '192.0.3.1',
    '193.0.0.1',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
  ])('%s', address => expect(isForbiddenAddress(address, 4)).toBe(false))
  test.each([
    '2001:200::1',
    '2001:4860:4860::8888',
    '2001:db7::1',
    '2001:db9::1',
    '2606:4700::1111',
    '2620:4f:8001::1',
    '3ffe::1',
    '64:ff9b::8.8.8.8',
  ])('%s', address => expect(isForbiddenAddress(address, 6)).toBe(false))
})

test('every block has the document that says what it is for', () => {
  for (const [network, , document, purpose] of [...specialIpv4Blocks, ...specialIpv6Blocks])
    expect([network, document, purpose]).toEqual([
      network,
      expect.stringMatching(/^RFC \d+$/),
      expect.stringMatching(/./),
    ])
})

test('the first and the last address of every block are forbidden', () => {
  for (const [network, bits] of specialIpv4Blocks) {
    const first = network.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
    const last = first + 2 ** (32 - bits) - 1
    for (const number of [first, last]) {
      const address = [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.')
      expect([address, isForbiddenAddress(address, 4)]).toEqual([address, true])
      expect([address, isForbiddenAddress(`64:ff9b::${address}`, 6)]).toEqual([address, true])
    }
  }
})

test('an address is the same however it is spelled', () => {
  expect(sameAddress('2001:DB8:0:0::1', '2001:db8::1')).toBe(true)
  expect(sameAddress('2001:db8::1', '2001:db8::2')).toBe(false)
  expect(sameAddress('192.0.2.1', '192.0.2.1')).toBe(true)
})
