/** What is sent of a message that is read back from the store: what admission has left out stays out. */
import { expect, test } from 'vitest'
import { readMessage } from '../../../src/message/message.ts'
import { outgoingMessage } from '../../../src/service/outgoing.ts'

const octets = Buffer.from(
  'BIMI-Location: x\r\nBcc: y\r\nSubject: z\r\nBIMI-Selector: v=BIMI1\r\nbimi-indicator: w\r\n\r\nbody\r\n',
)
const envelope = { reversePath: '', forwardPaths: [], smtpUtf8: false }

function sent(brand: 'removed' | 'kept' | undefined, removed: readonly number[] = []): string {
  const admission = brand === undefined ? {} : { brand }
  const parts = { octets, prepend: Buffer.from('Received: r\r\n'), removed, envelope, admission }
  const { chunks, sizeBytes } = outgoingMessage(parts)
  expect(sizeBytes).toBe(Buffer.concat(chunks).length)
  return Buffer.concat(chunks).toString()
}

test('BIMI fields of others are left out beside what is left out by index, and nothing else is', () => {
  expect(sent('removed', [1])).toBe('Received: r\r\nSubject: z\r\nBIMI-Selector: v=BIMI1\r\n\r\nbody\r\n')
})

test('where they are kept, or there were none, the octets go on as they came', () => {
  for (const brand of ['kept', undefined] as const)
    expect(sent(brand)).toBe(`Received: r\r\n${octets.toString()}`)
  expect(readMessage(octets).fields).toHaveLength(5)
})
