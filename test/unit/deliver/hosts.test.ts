/** Which of several addresses and hosts gets a message, and how long the dead ones hold it up. */
import { afterEach, describe, expect, test } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.ts'
import { HostMemory } from '../../../src/deliver/host-memory.ts'
import type { OutgoingMail } from '../../../src/deliver/outcome.ts'
import type { SmtpHop } from '../../../src/discover/next-hop.ts'
import { SilentHost } from '../../support/silent-host.ts'
import { Sink, type SinkSettings } from '../../support/sink.ts'
import { delivery, hopTo, mailOf, text } from './fixtures.ts'

const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function sink(settings: SinkSettings = {}): Promise<Sink> {
  const started = await Sink.start(settings)
  ends.push(() => started.close())
  return started
}

async function silentHost(port: number): Promise<SilentHost> {
  const started = await SilentHost.start('127.0.0.2', port)
  ends.push(() => started.close())
  return started
}

function context(changes: Parameters<typeof delivery>[0] = {}) {
  const made = delivery(changes)
  ends.push(() => made.pool.closeAll(1_000))
  return made
}

describe('several addresses of one host', () => {
  test('one that does not answer costs a moment, not the time limit', async () => {
    const peer = await sink()
    await silentHost(peer.port)
    const hops = [hopTo(peer.port, { address: '127.0.0.2' }), hopTo(peer.port)]
    // The limits of the test are far longer than the test may take.
    const outcome = await deliver(mailOf(text), hops, context())
    expect(outcome).toMatchObject({
      kind: 'delivered',
      tried: [{ hop: { address: '127.0.0.1' }, kind: 'delivered' }],
    })
  })

  test('one that refuses is passed over at once, and both are told', async () => {
    const peer = await sink()
    const hops = [hopTo(peer.port, { address: '127.0.0.2' }), hopTo(peer.port)]
    const outcome = await deliver(mailOf(text), hops, context({ nextAddressMilliseconds: 20_000 }))
    expect(outcome.tried?.map(({ hop, phase }) => [hop.address, phase])).toEqual([
      ['127.0.0.2', 'connect'],
      ['127.0.0.1', 'body'],
    ])
  })

  test('when all refuse the message is deferred with the reason of each', async () => {
    const peer = await sink()
    const hops = ['127.0.0.2', '127.0.0.3'].map(address => hopTo(peer.port, { address }))
    const outcome = await deliver(mailOf(text), hops, context())
    expect(outcome).toMatchObject({ kind: 'deferred', phase: 'connect' })
    expect(outcome.reason).toMatch(/127\.0\.0\.2.*; .*127\.0\.0\.3/)
  })

  test('one that connects and breaks off before MAIL is followed by the next address of the same host', async () => {
    const [breaking, peer] = [await sink(), await sink()]
    breaking.always('connect', { do: 'drop' })
    const made = context()
    const hops = [hopTo(breaking.port, { host: 'a.example' }), hopTo(peer.port, { host: 'a.example' })]
    expect((await deliver(mailOf(text), hops, made)).kind).toBe('delivered')
  })

  test('share their connections, but never with an address that is not among them', async () => {
    const peer = await sink()
    const made = context()
    await deliver(mailOf(text), [hopTo(peer.port)], made)
    await deliver(mailOf(text), [hopTo(peer.port, { address: '127.0.0.2' }), hopTo(peer.port)], made)
    expect(peer.connections).toBe(1)
    const elsewhere = await deliver(mailOf(text), [hopTo(peer.port, { address: '127.0.0.2' })], made)
    expect(elsewhere).toMatchObject({ kind: 'deferred', phase: 'connect' })
  })

  test('when the relay stops, nobody is waited for', async () => {
    const { port } = await silentHost(0)
    const made = context()
    const sending = deliver(mailOf(text), [hopTo(port, { address: '127.0.0.2' })], made)
    await made.pool.closeAll(0)
    expect(await sending).toMatchObject({ kind: 'deferred', phase: 'connect' })
  })
})

describe('a host that just failed', () => {
  const dead = hopTo(1, { address: '127.0.0.2', host: 'dead.example' })

  test('is tried last by the messages that follow, so that it does not stall them', async () => {
    const [peer, made] = [await sink(), context()]
    const first = await deliver(mailOf(text), [dead, hopTo(peer.port)], made)
    expect(first.tried?.map(({ hop }) => hop.host)).toEqual(['dead.example', 'sink.example'])
    const second = await deliver(mailOf(text), [dead, hopTo(peer.port)], made)
    expect(second.tried?.map(({ hop }) => hop.host)).toEqual(['sink.example'])
  })

  test('is still tried when no other is left, and in its place again after its rest or its first success', () => {
    const memory = new HostMemory({ restMilliseconds: 1_000, maxAddresses: 10 })
    const other = hopTo(2)
    memory.failed(dead, 5_000)
    expect(memory.order([dead], 5_001)).toEqual([dead])
    expect(memory.order([dead, other], 5_999)).toEqual([other, dead])
    expect(memory.order([dead, other], 6_000)).toEqual([dead, other])
    memory.failed(dead, 5_000)
    memory.reached(dead)
    expect(memory.order([dead, other], 5_001)).toEqual([dead, other])
  })

  test('of many failed ones the oldest are forgotten: the memory is bounded', () => {
    const memory = new HostMemory({ restMilliseconds: 1_000, maxAddresses: 2 })
    const hops = [1, 2, 3].map(port => hopTo(port))
    for (const hop of hops) memory.failed(hop, 0)
    expect(memory.order([...hops, dead], 1).map(({ port }) => port)).toEqual([1, 1, 2, 3])
  })

  test('that greets with 4yz counts as failed too; one that refuses a recipient does not', async () => {
    const [busy, peer, made] = [await sink(), await sink(), context()]
    busy.always('connect', '421 4.3.2 too busy')
    const hops = [hopTo(busy.port, { host: 'busy.example' }), hopTo(peer.port)]
    await deliver(mailOf(text), hops, made)
    await deliver(mailOf(text), hops, made)
    expect(busy.connections).toBe(1)
    peer.next('rcpt', '450 4.2.1 mailbox busy')
    await deliver(mailOf(text), [hopTo(peer.port)], made)
    expect(made.memory.order([hopTo(peer.port), dead], 0)[0]?.port).toBe(peer.port)
  })
})

describe('a message that needs what a host lacks', () => {
  const needs: readonly [string, string, Partial<OutgoingMail>, readonly string[]][] = [
    ['8BITMIME', '5.6.3', { eightBit: true }, ['SMTPUTF8']],
    ['SMTPUTF8', '5.6.7', { smtpUtf8: true }, ['8BITMIME']],
    ['the size', '5.3.4', {}, ['8BITMIME', 'SIZE 10']],
  ]

  test.each(needs)('%s: goes to another host that has it', async (_name, _status, changes, extensions) => {
    const [lacking, able, made] = [await sink({ extensions }), await sink(), context()]
    const hops = [hopTo(lacking.port, { host: 'old.example' }), hopTo(able.port)]
    expect((await deliver(mailOf(text, changes), hops, made)).kind).toBe('delivered')
    expect(lacking.commands.filter(line => line.startsWith('MAIL'))).toEqual([])
  })

  test.each(needs)(
    '%s: fails with %s when every host lacks it, however many',
    async (_name, status, changes, extensions) => {
      const peers = await Promise.all([1, 2, 3].map(() => sink({ extensions })))
      const hops = peers.map(({ port }, at) => hopTo(port, { host: `old${at}.example` }))
      const outcome = await deliver(mailOf(text, changes), hops, context())
      expect(outcome).toMatchObject({ kind: 'failed', status })
      expect(outcome.tried).toHaveLength(3)
      for (const peer of peers) expect(peer.commands.some(line => /MAIL|DATA/.test(line))).toBe(false)
    },
  )

  test.each(needs)(
    '%s: is deferred while the host that may have it cannot be reached',
    async (_name, _status, changes, extensions) => {
      const lacking = await sink({ extensions })
      const hops: SmtpHop[] = [
        hopTo(lacking.port, { host: 'old.example' }),
        hopTo(1, { address: '127.0.0.2' }),
      ]
      expect((await deliver(mailOf(text, changes), hops, context())).kind).toBe('deferred')
    },
  )
})

describe('LIMITS (RFC 9422)', () => {
  async function sendMany(limits: string, recipients: readonly string[]): Promise<Sink> {
    const [peer, made] = [await sink({ extensions: ['8BITMIME', limits] }), context()]
    for (const forwardPath of recipients) {
      const outcome = await deliver(mailOf(text, { forwardPath }), [hopTo(peer.port)], made)
      expect(outcome.kind).toBe('delivered')
    }
    return peer
  }
  const five = Array.from({ length: 5 }, (_, at) => `r${at}@destination.example`)

  test('MAILMAX: a connection carries no more transactions than announced', async () => {
    const peer = await sendMany('LIMITS MAILMAX=2 RCPTMAX=1', five)
    expect(peer.messages.map(({ connection }) => connection)).toEqual([1, 1, 2, 2, 3])
  })

  test('RCPTMAX: one recipient for each transaction keeps within any', async () => {
    const peer = await sendMany('LIMITS RCPTMAX=1', five)
    expect([
      peer.connections,
      Math.max(...peer.messages.map(({ forwardPaths }) => forwardPaths.length)),
    ]).toEqual([1, 1])
  })

  test('RCPTDOMAINMAX: a connection carries mail for no more domains than announced', async () => {
    const recipients = ['a@one.example', 'b@one.example', 'c@two.example', 'd@two.example']
    const peer = await sendMany('LIMITS RCPTDOMAINMAX=1', recipients)
    expect(peer.messages.map(({ connection }) => connection)).toEqual([1, 1, 2, 2])
  })

  test.each(['LIMITS', 'LIMITS MAILMAX=0', 'LIMITS MAILMAX=many MAILMAX', 'LIMITS MAILMAX=12345678'])(
    '%s announces nothing that could be obeyed',
    async limits => {
      expect((await sendMany(limits, five)).connections).toBe(1)
    },
  )
})
