import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchObject } from '../../../../src/deliver/batch/batch-object.ts'
import { outcomesIn } from '../../../../src/deliver/batch/object-answer.ts'
import { BatchProcessor } from '../../../../src/receive/batch/batch-processor.ts'
import { MemoryBudget } from '../../../../src/receive/memory-budget.ts'
import type { Received, ReceiveHooks } from '../../../../src/receive/received.ts'
import type { ListenerSettings } from '../../../../src/receive/settings.ts'
import { queued, unknownRecipient } from '../../../../src/smtp/replies.ts'
import { acceptedRecipient, testLimits } from '../../../support/listener-rig.ts'

const settings: ListenerSettings = {
  name: 'http',
  kind: 'mx',
  address: '127.0.0.1',
  port: 0,
  hostname: 'mars.example',
  tls: 'none',
  earlyTalkerDelayMilliseconds: 0,
  trustedNetworks: [],
  noDelayNetworks: [],
  proxyNetworks: [],
  proxyHeaderMilliseconds: 1_000,
  limits: { ...testLimits, maxMessageBytes: 10_000, maxTransactions: 50 },
}

function rig(bounds = { maxObjectBytes: 1_000_000, maxReplies: 10_000 }, limits = settings.limits) {
  const taken: Received[] = []
  const memory = new MemoryBudget(10_000_000)
  const hooks: ReceiveHooks = {
    nextQueueId: () => `q${taken.length}`,
    clock: () => 0,
    sender: () => undefined,
    recipient: path =>
      path.startsWith('no') ? { kind: 'refused', reply: unknownRecipient } : acceptedRecipient,
    async accept(received) {
      taken.push(received)
      return queued(received.queueId)
    },
    log: () => undefined,
  }
  const client = { address: '192.0.2.1', port: 1, trusted: false, tls: () => undefined }
  return {
    processor: new BatchProcessor({ settings: { ...settings, limits }, hooks, memory }, client, bounds),
    taken,
    memory,
  }
}

function mailTo(forwardPath: string, octets: Buffer) {
  const mail = { reversePath: 'a@earth.example', forwardPath, sizeBytes: octets.length } as const
  return {
    mail: { ...mail, smtpUtf8: false, eightBit: true, queueId: 'q', ordinal: 0 },
    chunks: [octets],
  }
}

function lines(...all: readonly string[]): Buffer {
  return Buffer.from(all.map(line => `${line}\r\n`).join(''))
}

const anyLine = fc.string({ unit: fc.constantFrom('.', 'a', ' ', 'QUIT', 'é'), maxLength: 6 })
const anyMessage = fc
  .array(anyLine, { maxLength: 6 })
  .map(body => Buffer.from(`Subject: x\r\n\r\n${body.map(line => `${line}\r\n`).join('')}`))

test('what a generator writes a processor reads: the same messages, wherever the octets are cut', async () => {
  const objects = fc.array(anyMessage, { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(objects, fc.integer({ min: 1, max: 40 }), async (messages, size) => {
      const { processor, taken, memory } = rig()
      const whole = Buffer.concat([
        ...batchObject(
          'earth.example',
          messages.map((octets, at) => mailTo(`u${at}@mars.example`, octets)),
        ),
      ])
      for (let at = 0; at < whole.length; at += size) await processor.feed(whole.subarray(at, at + size))
      processor.end()
      expect(processor.fault).toBeUndefined()
      expect(taken.map(({ octets }) => octets.toString())).toEqual(messages.map(String))
      expect(taken.map(({ envelope }) => envelope.forwardPaths)).toEqual(
        messages.map((_, at) => [`u${at}@mars.example`]),
      )
      expect(memory.usedBytes).toBe(0)
      const outcomes = outcomesIn(Buffer.from(processor.transcript), messages.length, 'mars')
      expect(outcomes.map(({ kind, reply }) => [kind, reply?.code])).toEqual(
        messages.map(() => ['delivered', 250]),
      )
    }),
    { numRuns: 60 },
  )
})

test('a refused recipient costs its own message alone: each one has the reply that decided about it', async () => {
  const { processor, taken } = rig()
  const octets = lines('Subject: x', '', 'Hello.')
  const messages = [
    mailTo('one@mars.example', octets),
    mailTo('nobody@mars.example', octets),
    mailTo('two@mars.example', octets),
  ]
  for (const piece of batchObject('earth.example', messages)) await processor.feed(piece)
  processor.end()
  expect(processor.isAllTaken).toBe(false)
  expect(taken.map(({ envelope }) => envelope.forwardPaths[0])).toEqual([
    'one@mars.example',
    'two@mars.example',
  ])
  const outcomes = outcomesIn(Buffer.from(processor.transcript), 3, 'mars')
  expect(outcomes.map(({ kind, phase }) => [kind, phase])).toEqual([
    ['delivered', 'body'],
    ['failed', 'rcpt'],
    ['delivered', 'body'],
  ])
  expect(outcomes[1]?.reply).toMatchObject({ code: 550, enhanced: '5.1.1' })
})

test('a message that is far too large costs itself alone', async () => {
  const { processor, taken, memory } = rig()
  const large = Buffer.concat([
    Buffer.from('Subject: x\r\n\r\n'),
    Buffer.from(`${'a'.repeat(70)}\r\n`.repeat(1_000)),
  ])
  const messages = [large, lines('Subject: y', '')].map((octets, at) => mailTo(`u${at}@mars.example`, octets))
  for (const piece of batchObject('earth.example', messages)) await processor.feed(piece)
  processor.end()
  expect(processor.fault).toBeUndefined()
  expect(taken.map(({ envelope }) => envelope.forwardPaths[0])).toEqual(['u1@mars.example'])
  const outcomes = outcomesIn(Buffer.from(processor.transcript), 2, 'mars')
  expect(outcomes.map(({ kind, reply }) => [kind, reply?.enhanced])).toEqual([
    ['failed', '5.3.4'],
    ['delivered', '2.0.0'],
  ])
  expect(memory.usedBytes).toBe(0)
})

test('an object that is cut off gives the messages that came whole, and no half one', async () => {
  const { processor, taken, memory } = rig()
  await processor.feed(
    lines(
      'EHLO x',
      'MAIL FROM:<>',
      'RCPT TO:<a@mars.example>',
      'DATA',
      'X: 1',
      '.',
      'MAIL FROM:<>',
      'RCPT TO:<a@mars.example>',
      'DATA',
      'X: 2',
    ),
  )
  processor.end()
  expect(processor.fault).toBe('cut off')
  expect(taken.map(({ octets }) => octets.toString())).toEqual(['X: 1\r\n'])
  expect(memory.usedBytes).toBe(0)
})

describe('what never ends is not read to its end', () => {
  const many = lines(...Array.from({ length: 50 }, () => 'NOOP'))
  test.each([
    ['octets beyond the bound', { maxObjectBytes: 100, maxReplies: 1_000 }, many, 'too large'],
    ['commands beyond the bound', { maxObjectBytes: 100_000, maxReplies: 20 }, many, 'too many commands'],
    [
      'a command without an end',
      { maxObjectBytes: 100_000, maxReplies: 20 },
      Buffer.alloc(10_000, 'a'),
      'not Batch SMTP',
    ],
    [
      'a line end without CR',
      { maxObjectBytes: 100_000, maxReplies: 20 },
      Buffer.from('EHLO x\nQUIT\r\n'),
      'not Batch SMTP',
    ],
    [
      'a message that is refused and goes on',
      { maxObjectBytes: 29_000, maxReplies: 20 },
      Buffer.concat([
        lines('EHLO x', 'MAIL FROM:<>', 'RCPT TO:<a@mars.example>', 'DATA'),
        Buffer.alloc(30_000, 'a'),
      ]),
      'too large',
    ],
  ])('%s', async (_what, bounds, octets, fault) => {
    const { processor, memory } = rig(bounds)
    await processor.feed(octets)
    processor.end()
    expect(processor.fault).toBe(fault)
    expect(memory.usedBytes).toBe(0)
  })
})

test('an answer that breaks off leaves the messages behind it open; an empty one is that of a processor that reports by mail', () => {
  const whole = '250 hello\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n250 2.0.0 queued\r\n250 2.1.0 ok\r\n'
  expect(outcomesIn(Buffer.from(whole), 2, 'mars').map(({ kind }) => kind)).toEqual(['delivered', 'deferred'])
  expect(outcomesIn(Buffer.alloc(0), 2, 'mars').map(({ kind }) => kind)).toEqual(['delivered', 'delivered'])
})

test.each(['BDAT 60 LAST', 'bdat 60', 'BDAT'])(
  'after %s nothing is read: a message in chunks must not be taken for commands',
  async command => {
    const { processor, taken } = rig()
    const good = [...batchObject('earth.example', [mailTo('one@mars.example', lines('Subject: x', '', 'y'))])]
    for (const piece of good.slice(0, -1)) await processor.feed(piece)
    const hidden = ['MAIL FROM:<boss@earth.example>', 'RCPT TO:<two@mars.example>', 'DATA', 'X: y', '.']
    await processor.feed(
      lines('MAIL FROM:<a@earth.example>', 'RCPT TO:<three@mars.example>', command, ...hidden),
    )
    processor.end()
    expect(processor.fault).toBe('not Batch SMTP')
    expect(taken.map(({ envelope }) => envelope.forwardPaths)).toEqual([['one@mars.example']])
  },
)

test('ten thousand messages in one object each have their outcome, and more than are allowed none', async () => {
  const most = 10_000
  const limits = { ...settings.limits, maxTransactions: most }
  const { processor, taken } = rig({ maxObjectBytes: 100_000_000, maxReplies: most * 100 }, limits)
  const one = lines('MAIL FROM:<a@earth.example>', 'RCPT TO:<one@mars.example>', 'DATA', 'X: y', '', '.')
  await processor.feed(lines('EHLO earth.example'))
  const thousand = Buffer.concat(Array.from({ length: 1_000 }, () => one))
  for (let at = 0; at < most; at += 1_000) await processor.feed(thousand)
  await processor.feed(one)
  await processor.feed(lines('QUIT'))
  processor.end()
  expect(processor.fault).toBeUndefined()
  expect(processor.isAllTaken).toBe(false)
  expect(taken).toHaveLength(most)
  const outcomes = outcomesIn(Buffer.from(processor.transcript), most + 1, 'mars')
  expect(outcomes.filter(({ kind }) => kind === 'delivered')).toHaveLength(most)
})
