import { describe, expect, test } from 'vitest'
import type { ReportEvidence } from '../../../src/bounce/authenticate-report.ts'
import { authenticateReport } from '../../../src/bounce/authenticate-report.ts'
import type { TxtLookup } from '../../../src/dkim2/index.ts'
import type { Message } from '../../../src/message/message.ts'
import {
  asList,
  lookup,
  message,
  octets,
  pass,
  plain,
  replaceField,
  tamper,
} from '../../support/dkim2-parties.ts'
import { bounceAddress, delivery, evidenceOf, forwarded, reportOf, ways } from './stage.ts'

const open = { requireSignature: false }
const strict = { requireSignature: true }

const failing =
  (domain: string, answer: 'absent' | 'temporary'): TxtLookup =>
  name => {
    if (!name.endsWith(domain)) return lookup(name)
    return Promise.resolve(
      answer === 'absent' ? { kind: 'absent' } : { kind: 'temporary', reason: 'timeout' },
    )
  }

describe.each(ways)('a report in $name', ({ way }) => {
  const signer = 'destination.example' as const
  const judge = async (report: Message, changes: Partial<ReportEvidence> = {}, keys?: TxtLookup) =>
    authenticateReport(await evidenceOf(report, changes, keys), open)
  const genuine = async () => reportOf({ way, returned: await forwarded(way), signer })

  test('is authentic where it comes from where the message was sent, and returns what was sent', async () => {
    expect(await judge(await genuine())).toEqual({ kind: 'authentic', domain: signer })
    const revised = await reportOf({ way, returned: await forwarded(way, asList), signer })
    expect(await judge(revised)).toEqual({ kind: 'authentic', domain: signer })
  })

  test('is authentic with the header fields alone', async () => {
    const changes = { headerOnly: true }
    const report = await reportOf({ way, returned: await forwarded(way, asList), signer, changes })
    expect((await judge(report)).kind).toBe('authentic')
  })

  test('that is not signed is believed for its address, unless signatures are demanded', async () => {
    const report = await reportOf({ way, returned: await forwarded(way) })
    expect((await judge(report)).kind).toBe('unauthenticated')
    expect(authenticateReport(await evidenceOf(report), strict)).toMatchObject({
      kind: 'refused',
      reply: { code: 550, enhanced: '5.7.1' },
    })
  })

  test('that is not signed may return the message mangled', async () => {
    const returned = tamper(await forwarded(way), 'Hello everybody', 'Hello=20everybody')
    expect((await judge(await reportOf({ way, returned }))).kind).toBe('unauthenticated')
  })

  test('that returns nothing is believed for its address alone', async () => {
    expect(await judge(await reportOf({ way, returned: undefined, signer }))).toEqual({
      kind: 'unauthenticated',
      reason: 'the report returns no message',
    })
    expect((await judge(await reportOf({ way, returned: undefined }))).kind).toBe('unauthenticated')
  })

  test('about a copy that was sent without a signature is believed for its address alone', async () => {
    const report = await reportOf({ way, returned: message(plain), signer })
    expect((await judge(report, { delivery: { ...delivery, hop: null } })).kind).toBe('unauthenticated')
  })

  describe('is refused', () => {
    const reasonOf = async (report: Message, changes: Partial<ReportEvidence> = {}, keys?: TxtLookup) => {
      const verdict = await judge(report, changes, keys)
      expect(verdict).toMatchObject({ kind: 'refused', reply: { code: 550, enhanced: '5.7.1' } })
      return verdict.kind === 'refused' ? verdict.reason : ''
    }

    test('when its own signature is wrong', async () => {
      const report = tamper(await genuine(), 'Undelivered mail', 'Underlivered mail')
      expect(await reasonOf(report)).toMatch(/^FAIL /)
    })

    test('when it is signed by a domain that the message was not sent to', async () => {
      const report = await reportOf({ way, returned: await forwarded(way), signer: 'list.example' })
      expect(await reasonOf(report)).toContain('d=list.example of the report is not the domain')
    })

    test('when it is signed by a foreign domain and returns nothing', async () => {
      const report = await reportOf({ way, returned: undefined, signer: 'list.example' })
      expect(await reasonOf(report)).toContain('d=list.example')
    })

    test('when it is signed by the relay itself in the name of the destination', async () => {
      const report = await reportOf({ way, returned: await forwarded(way), signer: 'alias.example' })
      expect(await reasonOf(report)).toContain('d=alias.example')
    })

    test('when a signature of ours was pasted from another message', async () => {
      const other = await forwarded(way)
      const ours = other.fields.filter(field => /^(?:DKIM2|Mail|Message-Instance)/.test(field.name))
      const rest = message(plain.replace('Plans for the week', 'Send money'))
      const returned = { ...rest, fields: [...ours, ...rest.fields] }
      expect(await reasonOf(await reportOf({ way, returned, signer }))).toMatch(/returned message: FAIL/)
    })

    test('when header fields of the returned message were altered', async () => {
      const returned = replaceField(await forwarded(way), 'Subject', 'Something else')
      expect(await reasonOf(await reportOf({ way, returned, signer }))).toMatch(/returned message: FAIL/)
      const changes = { headerOnly: true }
      const alone = await reportOf({ way, returned, signer, changes })
      expect(await reasonOf(alone)).toMatch(/returned message: FAIL/)
    })

    test('when the body of the returned message was altered', async () => {
      const returned = tamper(await forwarded(way), 'Hello everybody', 'Hello nobody')
      expect(await reasonOf(await reportOf({ way, returned, signer }))).toMatch(/returned message: FAIL/)
    })

    test('when it returns a message of ours that was sent to somebody else, signed or not', async () => {
      const returned = await forwarded(way, undefined, { to: ['other@destination.example'] })
      expect(await reasonOf(await reportOf({ way, returned, signer }))).toContain('another delivery')
      expect(await reasonOf(await reportOf({ way, returned }))).toContain('another delivery')
    })

    test('when it returns a message of another bounce address', async () => {
      const returned = await forwarded(way, undefined, { from: 'b+other@alias.example' })
      expect(await reasonOf(await reportOf({ way, returned, signer }))).toContain('another delivery')
    })

    test('when it returns a message of another time', async () => {
      const returned = await forwarded(way)
      const hop = { sequence: 2, domain: 'alias.example', timestampSeconds: 1 }
      const report = await reportOf({ way, returned, signer })
      expect(await reasonOf(report, { delivery: { ...delivery, hop } })).toContain('another delivery')
    })

    test('when somebody else signed what it returns', async () => {
      const theirs = await pass(await forwarded(way), {
        ...way,
        domain: 'destination.example',
        from: 'x@destination.example',
        to: ['y@list.example'],
      })
      expect(await reasonOf(await reportOf({ way, returned: theirs, signer }))).toContain('was not made here')
    })

    test('when the signature of what it returns was taken away', async () => {
      const report = await reportOf({ way, returned: message(plain), signer })
      expect(await reasonOf(report)).toContain('DKIM2-Signature missing')
    })

    test('when our key is gone', async () => {
      expect(await reasonOf(await genuine(), {}, failing('alias.example', 'absent'))).toContain(
        'does not exist',
      )
    })

    test('when nobody knows the delivery any more', async () => {
      expect(await reasonOf(await genuine(), { delivery: undefined })).toContain('not known any more')
    })
  })

  test.each(['destination.example', 'alias.example'])(
    'waits while a key of %s cannot be fetched',
    async domain => {
      expect(await judge(await genuine(), {}, failing(domain, 'temporary'))).toMatchObject({
        kind: 'deferred',
        reply: { code: 451, enhanced: '4.7.5' },
      })
    },
  )

  test('that comes again says nothing new, and a forged one does not pass for one that came again', async () => {
    expect((await judge(await genuine(), { isRepeated: true })).kind).toBe('repeated')
    const forged = tamper(await genuine(), 'Undelivered mail', 'Underlivered mail')
    expect((await judge(forged, { isRepeated: true })).kind).toBe('refused')
  })
})

test('a signature of mixed profiles proves nothing', async () => {
  const returned = await forwarded({ profile: 'message-instance' })
  const report = await reportOf({ way: { profile: 'mailversion' }, returned, signer: 'destination.example' })
  expect(authenticateReport(await evidenceOf(report), open).kind).toBe('authentic')
  const text = octets(returned).toString('latin1')
  const mixed = message(`MailVersion: v=1; bh=AAAA\r\n${text}`, 'latin1')
  const forged = await reportOf({ way: {}, returned: mixed, signer: 'destination.example' })
  expect(authenticateReport(await evidenceOf(forged), open)).toMatchObject({
    kind: 'refused',
    reason: 'returned message: PERMERROR mixed DKIM2 profiles',
  })
})

test('a bounce address is compared without regard to the case of its domain', async () => {
  const way = { profile: 'mailversion' } as const
  const report = await reportOf({ way, returned: await forwarded(way), signer: 'destination.example' })
  const upper = { ...delivery, reversePath: bounceAddress.replace('alias.example', 'ALIAS.example') }
  expect(authenticateReport(await evidenceOf(report, { delivery: upper }), open).kind).toBe('authentic')
})
