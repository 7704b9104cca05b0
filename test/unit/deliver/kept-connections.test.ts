/** Over a kept connection a message fares as over a new one. */
import { afterEach, describe, expect, test } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.ts'
import type { OutgoingMail } from '../../../src/deliver/outcome.ts'
import type { SmtpHop } from '../../../src/discover/next-hop.ts'
import { Sink, type SinkSettings } from '../../support/sink.ts'
import { delivery, hopTo, mailOf, text } from './fixtures.ts'

type Context = ReturnType<typeof delivery>

const sinks: Sink[] = []
const contexts: Context[] = []

async function sink(settings: SinkSettings = {}): Promise<Sink> {
  const started = await Sink.start(settings)
  sinks.push(started)
  return started
}

function context(): Context {
  const made = delivery()
  contexts.push(made)
  return made
}

afterEach(async () => {
  await Promise.all(contexts.splice(0).map(({ pool }) => pool.closeAll(1_000)))
  await Promise.all(sinks.splice(0).map(peer => peer.close()))
})

/** The MX hosts as one discovery finds them: every one makes objects of its own. */
const discovered = (peers: readonly Sink[], changes: Partial<SmtpHop> = {}): SmtpHop[] =>
  peers.map(({ port }, at) => hopTo(port, { host: `mx${at + 1}.example`, preference: at, ...changes }))

/** What a host may lack, by what it announces; and a message that needs it. */
const lacks: readonly [string, readonly string[], Partial<OutgoingMail>, string][] = [
  ['SIZE', [`SIZE ${text.length}`, '8BITMIME', 'SMTPUTF8'], { sizeBytes: text.length + 1 }, '5.3.4'],
  ['8BITMIME', ['SMTPUTF8'], { eightBit: true }, '5.6.3'],
  ['SMTPUTF8', ['8BITMIME'], { forwardPath: 'üne@destination.example' }, '5.6.7'],
  ['REQUIRETLS', ['8BITMIME'], { requireTls: true }, '5.7.10'],
]

describe.each(lacks)('a host that lacks %s', (_what, extensions, needs, status) => {
  test('fails the message after one that it took, and is asked once', async () => {
    const [peer, made] = [await sink({ extensions }), context()]
    expect((await deliver(mailOf(text), discovered([peer]), made)).kind).toBe('delivered')
    expect(made.pool.counts.idle).toBe(1)
    const outcome = await deliver(mailOf(text, needs), discovered([peer]), made)
    expect(outcome).toMatchObject({ kind: 'failed', status })
    expect(outcome.tried).toHaveLength(1)
    expect([peer.connections, peer.messages.length]).toEqual([1, 1])
  })
})

test('the next host that has what the first lacks gets the message', async () => {
  const [small, large, made] = [await sink({ extensions: [`SIZE ${text.length}`] }), await sink(), context()]
  const hosts = [small, large]
  await deliver(mailOf(text), discovered(hosts), made)
  for (const count of [1, 2, 3]) {
    const larger = mailOf(`${text}More.\r\n`)
    expect((await deliver(larger, discovered(hosts), made)).kind).toBe('delivered')
    expect([small.messages.length, large.messages.length]).toEqual([1, count])
  }
  expect([small.connections, large.connections]).toEqual([1, 1])
})

test('after a 4yz over a kept connection the first host is asked once, and the second takes it (RFC 5321 section 5.1)', async () => {
  const [first, second, made] = [await sink(), await sink(), context()]
  await deliver(mailOf(text), discovered([first, second]), made)
  first.always('rcpt', '451 4.3.0 later')
  const outcome = await deliver(mailOf(text), discovered([first, second]), made)
  expect(outcome).toMatchObject({ kind: 'delivered', tried: [{ kind: 'deferred' }, { kind: 'delivered' }] })
  expect(first.commands.filter(line => line.startsWith('RCPT'))).toHaveLength(2)
  expect([first.connections, second.messages.length]).toEqual([1, 1])
})

test('the hop that was tried is told as this discovery found it, not as the one that opened the connection', async () => {
  const [peer, made] = [await sink(), context()]
  await deliver(mailOf(text), discovered([peer], { preference: 10 }), made)
  const outcome = await deliver(mailOf(text), discovered([peer], { preference: 20 }), made)
  expect(outcome.tried?.map(({ hop }) => hop.preference)).toEqual([20])
})
