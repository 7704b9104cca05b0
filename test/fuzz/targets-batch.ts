/** Targets of Batch SMTP: objects that peers post, the answers of gateways, URI records. */
import assert from 'node:assert/strict'
import { outcomesIn } from '../../src/deliver/batch/object-answer.ts'
import { BatchProcessor } from '../../src/receive/batch/batch-processor.ts'
import { MemoryBudget } from '../../src/receive/memory-budget.ts'
import type { Received, ReceiveHooks } from '../../src/receive/received.ts'
import { queued, unknownRecipient } from '../../src/smtp/replies.ts'
import { acceptedRecipient, testLimits } from '../support/listener-rig.ts'
import { hashOf, randomFrom } from './random.ts'
import type { Target } from './target.ts'
import { dictionary, words } from './words.ts'

const bounds = { maxObjectBytes: 20_000, maxReplies: 60 }
const client = { address: '192.0.2.1', port: 1, trusted: false, tls: () => undefined }

const settings = {
  name: 'http',
  kind: 'mx' as const,
  address: '127.0.0.1',
  port: 0,
  hostname: 'mars.example',
  tls: 'none' as const,
  earlyTalkerDelayMilliseconds: 0,
  trustedNetworks: [],
  noDelayNetworks: [],
  proxyNetworks: [],
  proxyHeaderMilliseconds: 1_000,
  limits: { ...testLimits, maxMessageBytes: 5_000 },
}

interface Read {
  readonly transcript: string
  readonly fault: string | undefined
  readonly messages: readonly string[]
}

async function read(octets: Buffer, next: () => number): Promise<Read> {
  const taken: Received[] = []
  const memory = new MemoryBudget(1_000_000)
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
  const processor = new BatchProcessor({ settings, hooks, memory }, client, bounds)
  for (let at = 0; at < octets.length; ) {
    const end = at + Math.max(1, next())
    await processor.feed(octets.subarray(at, end))
    at = end
  }
  processor.end()
  assert.equal(memory.usedBytes, 0, 'memory is not given back')
  const { transcript, fault } = processor
  return { transcript, fault, messages: taken.map(one => one.octets.toString('latin1')) }
}

const object: Target = {
  name: 'batch-object',
  seeds: [
    Buffer.from(
      'EHLO earth.example\r\nMAIL FROM:<a@earth.example> SIZE=20 BODY=8BITMIME\r\nRCPT TO:<b@mars.example>\r\nDATA\r\nX: 1\r\n\r\n..\r\n.\r\nQUIT\r\n',
    ),
    Buffer.from(
      'EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<no@mars.example>\r\nDATA\r\nX: 1\r\n.\r\nRSET\r\nNOOP\r\nQUIT\r\nMAIL FROM:<>\r\n',
    ),
    Buffer.from('MAIL FROM:<>\nRCPT TO:<a@b.example>\r\nDATA\r\n.\r\n'),
  ],
  words: dictionary(words.smtp),
  async run(octets) {
    const whole = await read(octets, () => octets.length)
    const random = randomFrom(hashOf(octets))
    const pieces = await read(octets, () => random.below(30))
    if (whole.fault === undefined) assert.deepEqual(pieces, whole, 'pieces give something else')
    for (const line of whole.transcript.split('\r\n').slice(0, -1))
      assert.match(line, /^[2-5]\d\d[ -][\x20-\x7e]*$/)
    for (const message of whole.messages)
      assert.ok(!/(?:^|[^\r])\n|\r(?!\n)/.test(message), 'a bare line end')
    return `${whole.fault} ${whole.messages.length} ${/^5/m.test(whole.transcript)}`
  },
}

const answer: Target = {
  name: 'object-answer',
  seeds: [
    Buffer.from('250 hello\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n250 2.0.0 queued\r\n221 bye\r\n'),
    Buffer.from(
      '250-a\r\n250 b\r\n250 ok\r\n550 5.1.1 no\r\n554 5.5.1 none\r\n554 5.5.1 none\r\n451 4.3.0 x\r\n',
    ),
    Buffer.from('<html>not SMTP</html>'),
  ],
  words: dictionary(words.smtp),
  run(octets) {
    const outcomes = outcomesIn(octets, 3, 'gateway.example')
    assert.equal(outcomes.length, 3)
    // What is not there word for word delivers nothing.
    const goods = octets.toString('latin1').match(/^2\d\d/gm)?.length ?? 0
    const delivered = outcomes.filter(({ kind }) => kind === 'delivered').length
    if (octets.length > 0) assert.ok(delivered <= goods, 'delivered without a reply that says so')
    return outcomes.map(({ kind, phase }) => `${kind} ${phase}`).join(', ')
  },
}

export const batchTargets: readonly Target[] = [object, answer]
