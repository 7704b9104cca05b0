import { describe, expect, test } from 'vitest'
import {
  decodeAdded,
  decodeChoice,
  decodeEnvelope,
  decodeHop,
  decodeNotification,
  decodePeer,
  decodeRecord,
  decodeReply,
  decodeTls,
  encodeEnvelope,
  encodeFacts,
  encodeHop,
  encodeNotification,
  encodePeer,
  encodeRecord,
} from '../../../src/record/codec.ts'
import type { MessageRecord } from '../../../src/record/message-record.ts'
import { parseShort } from '../../../src/record/short-names.ts'
import { admission } from '../../support/records.ts'

const bounce = { queueId: 'Q0', ordinal: 3, judgement: 'authentic', isVerified: true } as const

const kinds: readonly MessageRecord[] = [
  { kind: 'forward', admission },
  { kind: 'originate', admission: { ...admission, alreadyHad: ['team@alias.example'] } },
  { kind: 'bounce', admission, next: { do: 'pass-on', bounce } },
  {
    kind: 'bounce',
    admission,
    next: { do: 'park', reason: 'a letter', about: { queueId: 'Q0', ordinal: 3 } },
  },
  {
    kind: 'command',
    admission,
    next: { do: 'obey', command: { do: 'request', listId: 1, isVouched: true } },
  },
  {
    kind: 'command',
    admission,
    next: { do: 'obey', command: { do: 'confirm', listId: 1, requestId: 2 } },
  },
  {
    kind: 'command',
    admission,
    next: { do: 'obey', command: { do: 'decide', listId: 1, about: 'post', id: 5, isYes: false } },
  },
  { kind: 'command', admission, next: { do: 'ignore', reason: 'a program' } },
  {
    kind: 'reflection',
    admission,
    next: { do: 'reflect', reflection: { reflector: 'delayed-dsn', vouchedBy: 'SPF' } },
  },
  { kind: 'reflection', admission, next: { do: 'ignore', reason: 'its reverse-path is null' } },
  { kind: 'dsn', admission: null },
  { kind: 'notice', admission },
]

describe('the record of a message', () => {
  test.each(kinds)('of kind $kind comes back as it was written', record => {
    expect(decodeRecord('Q1', encodeRecord(record))).toEqual(record)
  })

  test('stands in the columns that earlier versions wrote: what follows is beside the admission', () => {
    const passedOn = encodeRecord({ kind: 'bounce', admission, next: { do: 'pass-on', bounce } })
    expect(passedOn.direction).toBe('bounce')
    expect(parseShort(passedOn.verdict ?? '')).toEqual({ ...admission, bounce })
    const ignored = encodeRecord({ kind: 'command', admission, next: { do: 'ignore', reason: 'why' } })
    expect(parseShort(ignored.verdict ?? '')).toEqual({ ...admission, parked: 'why' })
  })

  test('of a bounce that an earlier version parked without a word is read', () => {
    const columns = { direction: 'bounce', verdict: JSON.stringify(admission) } as const
    expect(decodeRecord('Q1', columns)).toEqual({
      kind: 'bounce',
      admission,
      next: { do: 'park', reason: undefined, about: undefined },
    })
  })

  test('that a later version has added to is read with what it added', () => {
    const verdict = JSON.stringify({ ...admission, later: 1 })
    expect(decodeRecord('Q1', { direction: 'forward', verdict }).admission).toMatchObject({ later: 1 })
  })

  test.each([
    ['no verdict', 'forward', null],
    ['no JSON', 'forward', '{'],
    ['no state', 'originate', '{"hops":[]}'],
    ['an unknown state', 'forward', '{"state":"good","hops":[]}'],
    ['no hops', 'dsn', '{"state":"pass"}'],
    ['a list', 'forward', '[]'],
    ['a judgement that nobody knows', 'bounce', JSON.stringify({ ...admission, bounce: { queueId: 'Q' } })],
    ['a command without its list', 'command', JSON.stringify({ ...admission, command: { do: 'confirm' } })],
    [
      'a command that nobody knows',
      'command',
      JSON.stringify({ ...admission, command: { do: 'x', listId: 1 } }),
    ],
    [
      'a reflector that nobody knows',
      'reflection',
      JSON.stringify({ ...admission, reflection: { reflector: 'x', vouchedBy: 'SPF' } }),
    ],
  ] as const)('with %s is an error that names the message', (_, direction, verdict) => {
    expect(() => decodeRecord('Q1', { direction, verdict })).toThrow(/^message Q1: the .* cannot be read$/)
  })
})

describe('what is kept beside it', () => {
  const envelope = { reversePath: '', forwardPaths: ['team@alias.example'], smtpUtf8: true } as const
  const peer = { address: '192.0.2.1', port: 25, helo: 'x.example', protocol: 'ESMTPS' } as const
  const hop = {
    sequence: 2,
    profile: 'mailversion',
    domain: 'alias.example',
    selectors: ['ed'],
    timestampSeconds: 9,
  } as const

  test('comes back as it was written', () => {
    expect(decodeEnvelope('Q1', encodeEnvelope(envelope))).toEqual(envelope)
    expect(decodePeer('Q1', encodePeer(peer))).toEqual(peer)
    expect(decodeHop('Q1', encodeHop(hop))).toEqual(hop)
    const notification = { notify: ['NEVER'], envelopeId: 'x' } as const
    expect(decodeNotification('Q1', encodeNotification(notification))).toEqual(notification)
  })

  const added = {
    dkim: { domain: 'alias.example', selectors: ['rsa'] },
    arc: { instance: 1, status: 'none', domain: 'alias.example', selector: 'rsa' },
    missing: ['x'],
  } as const

  test('what DKIM and ARC added comes back beside a hop and without one', () => {
    const both = encodeHop(hop, added)
    expect([decodeHop('Q1', both), decodeAdded('Q1', both)]).toEqual([hop, added])
    const alone = encodeHop(null, added)
    expect([decodeHop('Q1', alone), decodeAdded('Q1', alone)]).toEqual([null, added])
    expect([decodeAdded('Q1', encodeHop(hop)), decodeAdded('Q1', null)]).toEqual([null, null])
  })

  test('is null where there is none', () => {
    expect([encodePeer(null), encodeHop(null), encodeNotification(null)]).toEqual([null, null, null])
    expect([decodePeer('Q', null), decodeHop('Q', null), decodeNotification('Q', null)]).toEqual([
      null,
      null,
      null,
    ])
  })

  test.each([
    ['envelope', () => decodeEnvelope('Q1', '{"reversePath":""}')],
    ['envelope', () => decodeEnvelope('Q1', '{"reversePath":"","forwardPaths":[1]}')],
    ['client', () => decodePeer('Q1', '{"port":25}')],
    ['signed hop', () => decodeHop('Q1', '{"sequence":1}')],
    ['signed hop', () => decodeHop('Q1', 'null')],
    ['signed hop', () => decodeHop('Q1', '{"added":{"missing":"x"}}')],
    ['signed hop', () => decodeAdded('Q1', '{"added":{"arc":{"instance":"1"}}}')],
    ['request for reports', () => decodeNotification('Q1', '{"notify":"NEVER"}')],
  ])('that is no %s is an error that names the message', (what, decode) => {
    expect(decode).toThrow(`message Q1: the ${what} in the database cannot be read`)
  })
})

describe('what is kept of an attempt', () => {
  const tls = {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    authorized: false,
    certificate: 'expired',
  }
  const choice = { why: 'MX preference 10', tls: 'TLS', policy: 'none', before: ['mx1: refused'] }
  const reply = { code: 451, enhanced: '', text: 'later' }

  test('is the same after it was in the store, whatever of it is known', () => {
    for (const facts of [tls, { version: 'TLSv1.3' }, {}])
      expect(decodeTls(encodeFacts(facts))).toEqual(facts)
    for (const facts of [choice, { why: 'route' }, {}])
      expect(decodeChoice(encodeFacts(facts))).toEqual(facts)
    expect(decodeReply(encodeFacts(reply))).toEqual(reply)
    for (const decode of [decodeTls, decodeChoice, decodeReply]) expect(decode(encodeFacts(null))).toBeNull()
  })

  test('is shown without the members that cannot be read', () => {
    expect(decodeTls('{"version":13,"cipher":"x","authorized":"yes","later":1}')).toEqual({ cipher: 'x' })
    expect(decodeChoice('{"why":["a"],"before":[1],"policy":"none"}')).toEqual({ policy: 'none' })
    expect(decodeReply('{"code":550}')).toEqual({ code: 550, enhanced: '', text: '' })
    for (const damaged of ['', '[]', '"x"', '{"code":"550"}', 'nothing'])
      expect(decodeReply(damaged)).toBeNull()
  })
})
