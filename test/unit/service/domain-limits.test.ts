/** Domains that take less than the relay, that sign otherwise, and that keep their hop log for another time. */
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import type { Received } from '../../../src/receive/received.ts'
import { refusalOfSize, retentionByDomain } from '../../../src/service/domain-limits.ts'

const config = parseConfig(
  {
    hostname: 'relay.example',
    listeners: [{ name: 'mx', port: 25 }],
    domains: {
      'small.example': { limits: { maxMessageBytes: 100 }, retentionSeconds: 60 },
      'usual.example': {},
    },
  },
  { file: 'test', folder: '/' },
)

function received(
  octets: number,
  forwardPaths: string[],
  reversePath = 'a@origin.example',
  trusted = false,
): Received {
  return {
    queueId: 'Q1',
    receivedAtMilliseconds: 0,
    listener: 'mx',
    peer: { address: '192.0.2.1', port: 1, helo: 'x', protocol: 'ESMTP' },
    envelope: { reversePath, forwardPaths, smtpUtf8: false },
    roles: [],
    octets: Buffer.alloc(octets),
    trusted,
  }
}

describe('a message of 101 octets', () => {
  test.each([
    ['to the domain', received(101, ['x@usual.example', 'y@SMALL.example']), 552],
    ['to another domain', received(101, ['x@usual.example']), undefined],
    ['in its name by a client of ours', received(101, ['x@far.example'], 'a@small.example', true), 552],
    ['in its name by anybody', received(101, ['x@usual.example'], 'a@small.example'), undefined],
  ])('%s', (_, message, code) => {
    expect(refusalOfSize(message, config)?.code).toBe(code)
  })

  test('is taken where 100 octets are the limit and it has no more', () => {
    expect(refusalOfSize(received(100, ['y@small.example']), config)).toBeUndefined()
  })
})

test('only domains with a time of their own are in the table of retention', () => {
  expect(retentionByDomain(config)).toEqual({ 'small.example': 60_000 })
})
