import { describe, expect, test } from 'vitest'
import { networkMatcher, peerKey } from '../../../src/receive/networks.ts'

describe('networks of clients', () => {
  const isMember = networkMatcher(['192.0.2.0/24', '198.51.100.7', '2001:db8::/32', '::1'])

  test.each(['192.0.2.1', '192.0.2.255', '198.51.100.7', '2001:db8:1::1', '::1', '::ffff:192.0.2.9'])(
    '%s is in',
    address => expect(isMember(address)).toBe(true),
  )

  test.each(['192.0.3.1', '198.51.100.8', '2001:db9::1', '::2', '', 'localhost', '::ffff:192.0.3.9'])(
    '%s is not',
    address => expect(isMember(address)).toBe(false),
  )
})

describe('what connections are counted by', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s counts as %s', (address, key) => expect(peerKey(address)).toBe(key))
})
