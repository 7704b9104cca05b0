import { describe, expect, test } from 'vitest'
import type { DsnInput } from '../../../src/bounce/compose.ts'
import { composeDsn } from '../../../src/bounce/compose.ts'
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
})
