import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReturnInput } from '../../../src/bounce/compose-return.ts'
import { composeReturn } from '../../../src/bounce/compose-return.ts'
import { privacyOf, rewriteRecipients } from '../../../src/bounce/privacy.ts'
import { findLeaks } from '../../../src/bounce/privacy-lint.ts'
import { rebuild } from '../../../src/bounce/rebuild.ts'
import type { Message } from '../../../src/message/message.ts'
import { messageChunks, readMessage } from '../../../src/message/message.ts'
import { asList, laterSeconds, startSeconds } from '../../support/dkim2-parties.ts'
import { bounceAddress, delivery, forwarded, forwardPath, original, read, reportOf, ways } from './stage.ts'

const privacy = privacyOf({
  delivery,
  nextHops: ['mx.destination.example[192.0.2.1]:25'],
  ownNames: ['relay.alias.example'],
  to: 'a@origin.example',
})

const frame: ReturnInput['frame'] = {
  reportingMta: 'relay.alias.example',
  from: 'postmaster@alias.example',
  to: 'a@origin.example',
  arrivedAtMilliseconds: startSeconds * 1000,
  composedAtMilliseconds: laterSeconds * 1000,
  messageId: 'q2.report@alias.example',
  boundary: 'here',
  queueId: 'Q1',
  returnBodyMaxBytes: 1_048_576,
}

/** What becomes of a report that returns what `edit` had made of the message. */
async function input(way: (typeof ways)[number]['way'], kept = true): Promise<ReturnInput> {
  const report = await read(await reportOf({ way, returned: await forwarded(way, asList) }))
  const stored = await original(way)
  return {
    frame,
    recipients: [rewriteRecipients(report, delivery, privacy)],
    rebuilt: rebuild({ stored: kept ? stored : undefined, returned: report.returned, isVerified: true }),
    privacy,
    original: kept ? stored : undefined,
  }
}

function textOf(message: Message): string {
  return Buffer.concat(messageChunks(message)).toString('latin1')
}

describe.each(ways)('a report on its way back, $name', ({ way }) => {
  test('returns the message as it was received, and tells of nothing beyond', async () => {
    const composed = await composeReturn(await input(way))
    expect(composed).toMatchObject({ kind: 'composed', form: 'full', leaks: [] })
    if (composed.kind !== 'composed') throw new Error('withheld')
    const text = composed.octets.toString('latin1')
    for (const secret of [forwardPath, 'destination.example', '192.0.2.', bounceAddress, 'box']) {
      expect(text).not.toContain(secret)
    }
    const again = await read(readMessage(composed.octets))
    expect(again.returned && textOf(again.returned.message)).toBe(textOf(await original(way)))
    expect(again.recipients).toEqual([
      {
        finalRecipient: 'team@alias.example',
        action: 'failed',
        status: '5.1.1',
        diagnosticType: 'smtp',
        diagnosticCode: '550 5.1.1 [...] unknown at [...]',
      },
    ])
  })

  test('returns what came back where nothing is stored', async () => {
    const composed = await composeReturn(await input(way, false))
    expect(composed).toMatchObject({ kind: 'composed', form: 'full' })
  })
})

describe('a report that would tell too much', () => {
  const way = ways[0]?.way ?? {}
  const leaky = async (changes: Partial<ReturnInput['recipients'][number]>): Promise<ReturnInput> => {
    const clean = await input(way)
    return { ...clean, recipients: clean.recipients.map(recipient => ({ ...recipient, ...changes })) }
  }

  test.each([
    ['the forward-path', 'no box@destination.example here'],
    ['the forward-path in capitals', 'no BOX@DESTINATION.EXAMPLE here'],
    ['its domain', 'no such user at destination.example.'],
    ['a host that was spoken to', 'mx.destination.example said no'],
    ['an address that was spoken to', 'connection to [192.0.2.1] closed'],
    ['our bounce address', `reported to ${bounceAddress}`],
    ['any other host', 'store17.cloud.example said no'],
    ['any other address', 'write to admin@cloud.example'],
    ['any other IP address', 'blocked by 198.51.100.7'],
    ['an IPv6 address', 'blocked by 2001:db8::9'],
    ['a name that is cut by a soft line break', `${'x'.repeat(60)} ü box@destination.example`],
  ])('%s is sent in general words', async (_, explanation) => {
    const composed = await composeReturn(await leaky({ explanation }))
    expect(composed).toMatchObject({ kind: 'composed', form: 'generic' })
    if (composed.kind !== 'composed') throw new Error('withheld')
    expect(composed.leaks.length).toBeGreaterThan(0)
    expect(composed.octets.toString('latin1')).toContain('the address does not exist')
  })

  test('in the message that it returns is sent without it', async () => {
    const clean = await input(way, false)
    const inner = readMessage(
      Buffer.from('From: a@origin.example\r\nX-To: box@destination.example\r\n\r\nx\r\n'),
    )
    const rebuilt = { kind: 'whole', message: inner, source: 'returned' } as const
    const composed = await composeReturn({ ...clean, rebuilt })
    expect(composed).toMatchObject({ kind: 'composed', form: 'bare' })
  })

  test('in an encoded part of the message that it returns is sent without it', async () => {
    const clean = await input(way, false)
    const secret = Buffer.from('delivered to box@destination.example').toString('base64')
    const inner = readMessage(
      Buffer.from(`From: a@origin.example\r\nContent-Transfer-Encoding: base64\r\n\r\n${secret}\r\n`),
    )
    const rebuilt = { kind: 'whole', message: inner, source: 'returned' } as const
    expect(await composeReturn({ ...clean, rebuilt })).toMatchObject({ kind: 'composed', form: 'bare' })
  })

  test('whatever its form is not sent', async () => {
    const clean = await input(way)
    const composed = await composeReturn({
      ...clean,
      frame: { ...frame, reportingMta: 'mx.destination.example' },
    })
    expect(composed.kind).toBe('withheld')
  })

  test('names of the message that came in are no news', async () => {
    const explanation = 'the message of a@origin.example for team@list.example'
    expect(await composeReturn(await leaky({ explanation }))).toMatchObject({
      kind: 'composed',
      form: 'full',
    })
  })
})

test('whatever is said, no form of the report tells a hidden name', async () => {
  const clean = await input(ways[0]?.way ?? {})
  const words = fc.constantFrom(
    'box@destination.example',
    'destination.example',
    '192.0.2.1',
    'no',
    '550',
    '\r\n',
    'ü',
    ' ',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(words, { maxLength: 20 }), async said => {
      const explanation = said.join(' ')
      const recipients = clean.recipients.map(recipient => ({
        ...recipient,
        explanation,
        diagnostic: explanation,
      }))
      const composed = await composeReturn({ ...clean, recipients })
      if (composed.kind !== 'composed') throw new Error('withheld')
      const found = await findLeaks({ report: composed.octets, privacy, original: clean.original })
      expect(found).toEqual([])
      expect(composed.octets.toString('latin1')).not.toContain('destination.example')
    }),
    { numRuns: 50 },
  )
})
