import { describe, expect, test } from 'vitest'
import { BounceJudge } from '../../../../src/service/bounces/bounce-judge.ts'
import type { StoredDelivery } from '../../../../src/store/records.ts'
import { admittedMessage } from '../../../support/admitted.ts'
import { storedDelivery } from '../../../support/deliveries.ts'
import { noLookUps } from '../../../support/look-ups.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { admission } from '../../../support/records.ts'

const about = { queueId: 'Q0', ordinal: 2 }
const address = 'b+token@alias.example'

/** A report of one action, as RFC 3464 has it; it returns nothing. */
function report(action: string, status: string): Buffer {
  return Buffer.from(
    [
      'From: MAILER-DAEMON@destination.example',
      `To: ${address}`,
      'Subject: report',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=x',
      '',
      '--x',
      'Content-Type: text/plain',
      '',
      'It failed.',
      '--x',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.destination.example',
      '',
      'Final-Recipient: rfc822; one@destination.example',
      `Action: ${action}`,
      `Status: ${status}`,
      '',
      '--x--',
      '',
    ].join('\r\n'),
  )
}

const failed = report('failed', '5.1.1')
const letter = Buffer.from(`From: a@origin.example\r\nTo: ${address}\r\nSubject: hello\r\n\r\nwhy?\r\n`)

async function judged(
  octets: Buffer,
  delivery: StoredDelivery | undefined = storedDelivery(about),
  requireSignature = false,
) {
  const asked: unknown[] = []
  const log = new RecordingLog()
  const judge = new BounceJudge(({ lookup }) => ({
    store: {
      async delivery(queueId, ordinal) {
        asked.push({ queueId, ordinal })
        return delivery
      },
    },
    lookup,
    nowSeconds: 1,
    maxAgeSeconds: 1,
    wholeChain: false,
    requireSignature,
  }))
  const admitted = admittedMessage({
    roles: [{ kind: 'bounce', ...about }],
    envelope: { reversePath: '', forwardPaths: [address], smtpUtf8: false },
    octets,
  })
  const judgement = await judge.judge(admitted, { log, lookUps: noLookUps })
  const record = judgement.kind === 'taken' ? judgement.record(admission) : undefined
  return { judgement, record, asked, log }
}

describe('a report at a bounce address', () => {
  test('that is not signed is believed because nobody can guess the address, and marked so', async () => {
    const { record, asked } = await judged(failed)
    expect(record).toMatchObject({
      kind: 'bounce',
      admission,
      next: { do: 'pass-on', bounce: { ...about, judgement: 'unauthenticated', action: 'failed' } },
    })
    expect(asked).toEqual([about])
  })

  test('is refused without a signature where one is demanded', async () => {
    const { judgement } = await judged(failed, storedDelivery(about), true)
    expect(judgement).toMatchObject({ kind: 'refused', reply: { code: 550 } })
  })

  test('of a failure that was told before is parked, with what it is about', async () => {
    const { record } = await judged(failed, storedDelivery({ ...about, dsn: 'sent' }))
    expect(record).toMatchObject({ kind: 'bounce', next: { do: 'park', about } })
  })

  test('of a success that nobody asked for is parked', async () => {
    const { record } = await judged(report('delivered', '2.0.0'))
    expect(record).toMatchObject({ next: { do: 'park', about } })
  })

  test('of a failure that the sender does not want to hear of is parked', async () => {
    const { record } = await judged(failed, storedDelivery({ ...about, notification: { notify: ['NEVER'] } }))
    expect(record).toMatchObject({ next: { do: 'park', about } })
  })

  test('of a failure that nobody wants to hear of is told to the postmaster; what was told before is not', async () => {
    const never = storedDelivery({ ...about, notification: { notify: ['NEVER'] } })
    expect((await judged(failed, never)).judgement).toMatchObject({ untold: expect.stringMatching(/NOTIFY/) })
    const told = await judged(failed, storedDelivery({ ...about, dsn: 'sent' }))
    expect(told.judgement).toMatchObject({ kind: 'taken', untold: undefined })
  })

  test('is told in the log with the delivery that it is about', async () => {
    const { log } = await judged(failed)
    expect(log.lines.at(-1)).toMatchObject({ text: 'bounce', fields: { about: 'Q0', ordinal: 2 } })
  })
})

describe('what is no report', () => {
  test('is parked with the reason', async () => {
    const { record } = await judged(letter)
    expect(record).toMatchObject({ next: { do: 'park', reason: expect.stringMatching(/: ./), about } })
  })

  test('is told to the postmaster, since somebody wrote it and gets no answer', async () => {
    const { judgement } = await judged(letter)
    expect(judgement).toMatchObject({ kind: 'taken', untold: expect.stringMatching(/no report/) })
  })

  test('goes to the owners where the address is that of one subscriber', async () => {
    const { record } = await judged(letter, storedDelivery({ ...about, subscriberId: 4 }))
    expect(record).toMatchObject({ next: { do: 'pass-on', bounce: { ...about, judgement: 'unread' } } })
  })
})

test('a message for anything else is not judged here', async () => {
  const judge = new BounceJudge(() => {
    throw new Error('not asked')
  })
  const context = { log: new RecordingLog(), lookUps: noLookUps }
  await expect(judge.judge(admittedMessage(), context)).rejects.toThrow('no bounce address')
})

describe('an automatic reply to the address of one copy', () => {
  const away = (from: string) =>
    Buffer.from(
      `From: ${from}\r\nTo: ${address}\r\nAuto-Submitted: auto-replied\r\nSubject: away\r\n\r\nI am away\r\n`,
    )
  const copy = (forwardPath: string) => storedDelivery({ ...about, forwardPath, subscriberId: 4 })

  test.each([
    ['one@destination.example', 'One <ONE@Destination.example>'],
    ['one@xn--grn-ioa.example', 'one@grün.example'],
    ['one@grün.example', 'one@XN--GRN-IOA.example'],
    ['"one"@destination.example', 'one@destination.example'],
  ])('of its reader, %s as %s, is worth no word to the owners', async (forwardPath, from) => {
    const { record } = await judged(away(from), copy(forwardPath))
    expect(record).toMatchObject({ next: { do: 'park' } })
  })

  test.each(['someone@destination.example', '"one@destination.example" <other@far.example>'])(
    'of somebody else, %s, is told to the owners',
    async from => {
      const { record } = await judged(away(from), copy('one@destination.example'))
      expect(record).toMatchObject({ next: { do: 'pass-on', bounce: { judgement: 'unread' } } })
    },
  )
})
