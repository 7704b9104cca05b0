/** A failure that comes of what mail software added on the way is told as that, in a bounded number of tries. */
import { describe, expect, test } from 'vitest'
import { addedOnTheWay } from '../../../src/dkim2/added-on-the-way.ts'
import { messageChunks, readMessage } from '../../../src/message/message.ts'

const signed = 'From: a@origin.example\r\nSubject: x\r\n\r\nHello.\r\n'

/** What is found for a message that passes only as it was signed, and after how many tries. */
async function found(arrived: string, original = signed) {
  let tries = 0
  const added = await addedOnTheWay(readMessage(Buffer.from(arrived)), async candidate => {
    tries++
    return Buffer.concat(messageChunks(candidate)).toString() === original
  })
  return { added, tries }
}

describe('is found', () => {
  test.each([
    ['Bcc: x@y.example\r\n', ['Bcc']],
    ['Bcc:\r\n', ['Bcc']],
    ['Envelope-to: x@y.example\r\n', ['Envelope-to']],
    ['Delivery-date: Sat, 28 Nov 2026 12:00:00 +0000\r\n', ['Delivery-date']],
    ['Content-Length: 8\r\n', ['Content-Length']],
    ['To: undisclosed-recipients: ;\r\n', ['To']],
    ['To: undisclosed-recipients:;\r\n', ['To']],
    ['Envelope-to: x@y.example\r\nDelivery-date: now\r\n', ['Envelope-to', 'Delivery-date']],
    ['Status: RO\r\nX-Status: A\r\nContent-Length: 8\r\n', ['Status', 'X-Status', 'Content-Length']],
  ])('%j', async (fields, expected) => {
    const { added, tries } = await found(fields + signed)
    expect(added).toEqual(expected)
    expect(tries).toBeLessThanOrEqual(9)
  })

  test('an empty line at the end, alone and with a field', async () => {
    expect((await found(`${signed}\r\n`)).added).toEqual(['an empty line at the end'])
    expect((await found(`Content-Length: 10\r\n${signed}\r\n`)).added).toEqual([
      'Content-Length',
      'an empty line at the end',
    ])
  })

  test('only what is to blame: another such field that was signed stays', async () => {
    const original = `Bcc: x@y.example\r\n${signed}`
    expect((await found(`Content-Length: 8\r\n${original}`, original)).added).toEqual(['Content-Length'])
  })
})

describe('is not found', () => {
  test.each([
    signed.replace('Hello', 'Hallo'),
    `To: someone@y.example\r\n${signed}`,
    `X-Other: 1\r\n${signed}`,
    `Bcc: x@y.example\r\n${signed.replace('Hello', 'Hallo')}`,
  ])('%j', async arrived => expect((await found(arrived)).added).toBeUndefined())

  test('with more tries than nine, whatever a message holds', async () => {
    const names = [
      'Bcc',
      'Resent-Bcc',
      'Envelope-To',
      'Delivery-Date',
      'Content-Length',
      'Lines',
      'Status',
      'X-Status',
      'bcc',
      'BCC',
    ]
    const fields = names.map(name => `${name}: 1\r\n`.repeat(50)).join('')
    expect(await found(`${fields}X-Other: 1\r\n${signed}\r\n`)).toEqual({ added: undefined, tries: 9 })
  })
})
