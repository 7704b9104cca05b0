import { describe, expect, test } from 'vitest'
import { isForbiddenAddress, sameAddress } from '../../../src/discover/forbidden-addresses.ts'

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
    '198.18.0.1',
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
    '64:ff9b:1::1',
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
    '193.0.0.1',
  ])('%s', address => expect(isForbiddenAddress(address, 4)).toBe(false))
  test.each(['2001:4860:4860::8888', '2606:4700::1111', '64:ff9b::8.8.8.8'])('%s', address =>
    expect(isForbiddenAddress(address, 6)).toBe(false),
  )
})

test('an address is the same however it is spelled', () => {
  expect(sameAddress('2001:DB8:0:0::1', '2001:db8::1')).toBe(true)
  expect(sameAddress('2001:db8::1', '2001:db8::2')).toBe(false)
  expect(sameAddress('192.0.2.1', '192.0.2.1')).toBe(true)
})
