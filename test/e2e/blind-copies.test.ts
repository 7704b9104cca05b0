/** A Bcc is removed before this relay signs a message for the first time (RFC 5322 section 3.6.3), and stays under a signature. */
import { expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import { fieldOf } from '../support/list.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'
import { verifyReceived } from '../support/verify.ts'

const dkim = (names: string) =>
  `DKIM-Signature: v=1; a=rsa-sha256; d=origin.example; s=x; h=${names};\r\n bh=AAAA; b=AAAA\r\n`

test.each([
  ['without any signature', 'Bcc: boss@origin.example\r\n', false, '', 'removed'],
  ['twice, and resent', 'Bcc: x@y.example\r\nbcc:\r\nResent-Bcc: z@y.example\r\n', false, '', 'removed'],
  [
    'that no DKIM signature covers',
    `${dkim('from:to:subject')}Bcc: boss@origin.example\r\n`,
    false,
    '',
    'removed',
  ],
  [
    'that a DKIM signature covers',
    `${dkim('from : BCC :to')}Bcc: boss@origin.example\r\n`,
    false,
    'boss@origin.example',
    'kept',
  ],
  ['that a chain covers', 'Bcc: boss@origin.example\r\n', true, 'boss@origin.example', 'kept'],
  ['that is not there', '', false, '', undefined],
])('a Bcc %s', async (_what, extra, isSigned, expected, told) => {
  const on = await stage()
  const relay = await relayOn(on, {
    domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
  })
  const mail = { from: 'a@origin.example', to: ['team@alias.example'] }
  const octets = plainMessage({ extra })
  const { queueId } = await send(relay.port, {
    ...mail,
    octets: isSigned ? await on.origin.sign(octets, mail) : octets,
  })
  const [copy] = await on.sink.received(1)
  expect(fieldOf(copy, 'Bcc')).toBe(expected)
  expect(fieldOf(copy, 'Resent-Bcc')).toBe('')
  if (copy === undefined) throw new Error('nothing received')
  expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
  const reader = openReader(relay.database)
  expect(reader.message(queueId)?.record.admission ?? {}).toEqual(
    told === undefined
      ? expect.not.objectContaining({ bcc: expect.anything() })
      : expect.objectContaining({ bcc: told }),
  )
  reader.close()
})
