import { describe, expect, test } from 'vitest'
import { composeDsn } from '../../../src/bounce/compose.ts'
import type { DsnInput } from '../../../src/bounce/dsn-input.ts'
import { readMessage } from '../../../src/message/message.ts'

const returned = Buffer.from(
  'DKIM2-Signature: i=1; d=a.example\r\nSubject: caf\xe9\r\n\r\n.first\r\n\r\nlast \xff\r\n',
  'latin1',
)

const input: DsnInput = {
  reportingMta: 'relay.alias.example',
  from: 'postmaster@alias.example',
  to: 'a@origin.example',
  arrivedAtMilliseconds: 1_763_000_000_000,
  composedAtMilliseconds: 1_763_000_100_000,
  messageId: 'x.report@alias.example',
  boundary: 'abc',
  queueId: '3HK2F9QZ4R7BA',
  recipients: [
    {
      finalRecipient: 'team@alias.example',
      action: 'failed',
      status: '5.1.1',
      explanation: 'the next hop refused it',
      replyCodes: '550 5.1.1',
    },
  ],
  returned: readMessage(returned),
  returnBodyMaxBytes: 1_048_576,
}

async function parts(changes: Partial<DsnInput> = {}): Promise<{ header: string; parts: string[] }> {
  const octets = (await composeDsn({ ...input, ...changes })).toString('latin1')
  const [header = '', ...rest] = octets.split('\r\n--report-abc-Part_1')
  return { header, parts: rest }
}

describe('a report (RFC 3464, RFC 6522)', () => {
  test('is a multipart/report of three parts that says that it is automatic (RFC 3834)', async () => {
    const { header, parts: found } = await parts()
    expect(header).toMatch(/^Content-Type: multipart\/report; report-type=delivery-status;/m)
    expect(header).toMatch(/^Auto-Submitted: auto-replied\r$/m)
    expect(header).toMatch(/^To: a@origin\.example\r$/m)
    expect(found).toHaveLength(4)
    expect(found[3]).toBe('--\r\n')
  })

  test('names the recipient as the previous hop named it, with action, status and diagnostic code', async () => {
    const status = (await parts()).parts[1]
    expect(status).toContain('Content-Type: message/delivery-status\r\n')
    expect(status).toContain('Reporting-MTA: dns; relay.alias.example\r\n')
    expect(status).toContain('Arrival-Date: Thu, 13 Nov 2025 02:13:20 +0000\r\n')
    expect(status).toContain(
      '\r\n\r\nFinal-Recipient: rfc822; team@alias.example\r\nAction: failed\r\nStatus: 5.1.1\r\n',
    )
    expect(status).toContain('Diagnostic-Code: smtp; 550 5.1.1 ')
  })

  test('no control of any kind gets into a field or a line of the report', async () => {
    const nasty = (text: string) => `${text}\u0085x\u2028y\u2029z\r\nStatus: 2.0.0\u0000\ud800`
    const [recipient] = input.recipients
    if (recipient === undefined) throw new Error('no recipient')
    const octets = await composeDsn({
      ...input,
      originalEnvelopeId: nasty('envid'),
      recipients: [
        {
          ...recipient,
          finalRecipient: nasty('team@alias.example'),
          originalRecipient: nasty('rfc822;a@b.example'),
          diagnostic: nasty('550 no'),
          explanation: nasty('the next hop refused it\u202e'),
        },
      ],
    })
    const text = octets.toString('utf8').split('\r\n--report-abc-Part_1').slice(0, 3).join('')
    expect(text).not.toMatch(/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffd]/)
    expect(text.match(/^Status:/gm)).toHaveLength(1)
    expect(text).toContain('    5.1.1 the next hop refused it x y z Status: 2.0.0\r\n')
    expect(text).toContain('Diagnostic-Code: smtp; 550 no x y z Status: 2.0.0\r\n')
  })

  test('returns the message octet for octet, 8-bit octets and blank lines included', async () => {
    const last = (await parts()).parts[2] ?? ''
    expect(last).toContain('Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n')
    expect(last.slice(last.indexOf('\r\n\r\n') + 4)).toBe(returned.toString('latin1'))
  })

  test('returns the header fields alone when the body is larger than the limit', async () => {
    const last = (await parts({ returnBodyMaxBytes: 3 })).parts[2] ?? ''
    expect(last).toContain('Content-Type: text/rfc822-headers\r\n')
    expect(last).toContain('Subject: caf\xe9')
    expect(last).not.toContain('.first')
  })

  test('names an internationalised recipient with the types of RFC 6533', async () => {
    const recipients = [
      { ...input.recipients[0], finalRecipient: 'jürgen@alias.example' },
    ] as DsnInput['recipients']
    const status = (await parts({ recipients })).parts[1]
    expect(status).toContain('Content-Type: message/global-delivery-status\r\n')
    expect(status).toContain('Final-Recipient: utf-8; ')
  })

  test('lets no line break of an address or an explanation into its fields', async () => {
    const recipients = [
      { ...input.recipients[0], finalRecipient: 'x\r\nBcc: evil@x.example', explanation: 'a\r\n\r\nb' },
    ] as DsnInput['recipients']
    const octets = (await composeDsn({ ...input, recipients })).toString('latin1')
    expect(octets).not.toMatch(/^Bcc:/m)
  })

  test('gives back what the previous hop had asked for: ENVID and ORCPT (RFC 3461)', async () => {
    const recipients = input.recipients.map(one => ({
      ...one,
      originalRecipient: 'rfc822;list@origin.example',
    }))
    const status = (await parts({ originalEnvelopeId: 'env-1', recipients })).parts[1]
    expect(status).toContain('\r\n\r\nOriginal-Envelope-Id: env-1\r\nReporting-MTA: ')
    expect(status).toContain('\r\n\r\nOriginal-Recipient: rfc822;list@origin.example\r\nFinal-Recipient: ')
  })

  test('returns the header fields alone where RET=HDRS says so (RFC 3461)', async () => {
    const last = (await parts({ headerOnly: true })).parts[2] ?? ''
    expect(last).toContain('Content-Type: text/rfc822-headers\r\n')
    expect(last).not.toContain('.first')
  })

  test('has no third part where nothing can be returned (RFC 6522)', async () => {
    const { parts: found } = await parts({ returned: undefined })
    expect(found).toHaveLength(3)
    expect(found[0]).toContain('The message had the queue id 3HK2F9QZ4R7BA here.')
  })

  test('of a delay says until when delivery is tried, and returns no body', async () => {
    const delayed = {
      finalRecipient: 'team@alias.example',
      action: 'delayed',
      status: '4.4.1',
      explanation: 'no host answers',
      willRetryUntilMilliseconds: 1_763_400_000_000,
    } as const
    const { header, parts: found } = await parts({ recipients: [delayed] })
    expect(header).toContain('Subject: Delivery of your mail is delayed')
    expect(found[0]).toContain('has not been delivered yet')
    expect(found[1]).toContain('Action: delayed\r\n')
    expect(found[1]).toContain('Will-Retry-Until: Mon, 17 Nov 2025 17:20:00 +0000\r\n')
    expect(found[2]).not.toContain('.first')
  })

  test('of several recipients tells of each, those that fared alike together', async () => {
    const [failed] = input.recipients
    if (!failed) throw new Error('no recipient')
    const recipients = [
      { ...failed, finalRecipient: 'one@alias.example' },
      { ...failed, finalRecipient: 'two@alias.example', action: 'delayed' as const, status: '4.4.1' },
      { ...failed, finalRecipient: 'three@alias.example' },
    ]
    const { parts: found } = await parts({ recipients })
    expect(found[0]).toMatch(
      /could not be delivered to:[\s\S]*<one@[\s\S]*<three@[\s\S]*not been delivered yet[\s\S]*<two@/,
    )
    expect(found[1]?.match(/^Final-Recipient: /gm)).toHaveLength(3)
  })

  test('tells the cleaned words of a system further on in place of the codes', async () => {
    const recipients = input.recipients.map(one => ({ ...one, diagnostic: '550 5.1.1 [...] unknown' }))
    expect((await parts({ recipients })).parts[1]).toContain(
      'Diagnostic-Code: smtp; 550 5.1.1 [...] unknown\r\n',
    )
  })

  test('returns header fields in UTF-8 with the types of RFC 6533, and says that it holds 8-bit octets', async () => {
    const international = readMessage(Buffer.from('Subject: caf\u00e9\r\n\r\nx\r\n'))
    const { header, parts: found } = await parts({ returned: international })
    expect(header).toContain('Content-Transfer-Encoding: 8bit')
    expect(found[2]).toContain('Content-Type: message/global\r\n')
    const alone = await parts({ returned: international, headerOnly: true })
    expect(alone.parts[2]).toContain('Content-Type: message/global-headers\r\n')
  })
})
