import { createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bounceAddress, readBounceAddress } from '../../../src/bounce/bounce-address.ts'
import { parseMailbox } from '../../../src/message/mailbox.ts'

const key = createSecretKey(Buffer.alloc(32, 1))
const otherKey = createSecretKey(Buffer.alloc(32, 2))
const day = 86_400_000
const token = { queueId: '3HK2F9QZ4R7BA', ordinal: 7, expiresAtMilliseconds: 20_000 * day }

function read(address: string, keys = [key], now = 19_999 * day) {
  const mailbox = parseMailbox(address)
  if (mailbox === undefined) throw new Error(`${address} is no mailbox`)
  return readBounceAddress(keys, mailbox, now)
}

describe('a bounce address (docs/design/bounces.md, "The bounce address")', () => {
  test('leads back to the queue entry and the delivery that it was made for', () => {
    expect(read(bounceAddress(key, token, 'alias.example'))).toEqual({ kind: 'genuine', token })
  })

  test('survives being folded to lower or upper case on the way back', () => {
    const address = bounceAddress(key, token, 'alias.example')
    expect(read(address.toLowerCase()).kind).toBe('genuine')
    expect(read(address.toUpperCase()).kind).toBe('genuine')
  })

  test('has a local part of at most 64 octets (RFC 5321 section 4.5.3.1.1)', () => {
    const address = bounceAddress(key, { ...token, ordinal: 1_000_000 }, 'alias.example')
    expect(address.indexOf('@')).toBeLessThanOrEqual(64)
  })

  test('of a former key is believed as long as that key is kept', () => {
    const address = bounceAddress(otherKey, token, 'alias.example')
    expect(read(address, [key, otherKey]).kind).toBe('genuine')
    expect(read(address, [key]).kind).toBe('forged')
  })

  test('is expired after its day', () => {
    const address = bounceAddress(key, token, 'alias.example')
    expect(read(address, [key], 20_000 * day).kind).toBe('genuine')
    expect(read(address, [key], 20_000 * day + 1).kind).toBe('expired')
  })

  test('of one domain is forged in another', () => {
    const address = bounceAddress(key, token, 'alias.example').replace('alias.example', 'other.example')
    expect(read(address).kind).toBe('forged')
  })
})

test('a bounce address with any character changed is forged', () => {
  const address = bounceAddress(key, token, 'alias.example')
  const at = address.indexOf('@')
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: at - 1 }),
      fc.constantFrom(...'0123456789abcdefghjkmnpqrstvwxyz'),
      (index, letter) => {
        fc.pre(address[index] !== letter)
        expect(read(address.slice(0, index) + letter + address.slice(index + 1)).kind).toBe('forged')
      },
    ),
  )
})

test('whatever stands behind b+ is read without an error', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 64 }), text => {
      expect(readBounceAddress([key], { localPart: `b+${text}`, domain: 'alias.example' }, 0).kind).toBe(
        'forged',
      )
    }),
  )
})
