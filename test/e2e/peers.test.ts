import { describe, expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkPhase } from '../support/sink.ts'
import type { Stage } from '../support/stage.ts'
import { relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'

const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }

/** A relay that tries again after a second, and whose reports to origin.example come to the sink too. */
async function impatientRelay(on: Stage, delivery: object = {}, queue: object = {}): Promise<TestRelay> {
  return relayOn(on, {
    domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    routes: { 'origin.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
    queue: { retrySeconds: [1], thenEverySeconds: 1, ...queue },
    delivery,
  })
}

let sent = 0

/** A message of its own each time: the same one would go out once. */
async function sendSigned(on: Stage, relay: TestRelay): Promise<string> {
  const octets = await on.origin.sign(plainMessage({ subject: `Plans ${++sent}` }), envelope)
  return (await send(relay.port, { ...envelope, octets })).queueId
}

function historyOf(relay: TestRelay, queueId: string) {
  const reader = openReader(relay.database)
  const history = reader.showMessage(queueId)
  reader.close()
  return history?.deliveries[0]
}

describe('a peer that drops the connection is tried again, and the message arrives once', () => {
  const phases: SinkPhase[] = ['connect', 'ehlo', 'mail', 'rcpt', 'data', 'content', 'body']
  test.each(phases)('in phase %s', async phase => {
    const on = await stage()
    on.sink.next(phase, { do: 'drop' })
    const relay = await impatientRelay(on)
    const queueId = await sendSigned(on, relay)
    await relay.log.until(line => line.text === 'delivered')
    expect(on.sink.messages).toHaveLength(1)
    const delivery = historyOf(relay, queueId)
    expect(delivery?.state).toBe('delivered')
    expect(delivery?.log.map(attempt => attempt.outcome).at(-1)).toBe('delivered')
  })
})

describe('a peer that answers 4yz is tried again', () => {
  const phases: SinkPhase[] = ['connect', 'mail', 'rcpt', 'data', 'body']
  test.each(phases)('in phase %s, with every reply recorded and the same octets sent', async phase => {
    const on = await stage()
    on.sink.next(phase, '451 4.7.1 come back later')
    const relay = await impatientRelay(on)
    const queueId = await sendSigned(on, relay)
    await relay.log.until(line => line.text === 'delivered')
    const attempts = historyOf(relay, queueId)?.log ?? []
    expect(attempts.map(attempt => attempt.outcome)).toEqual(['deferred', 'delivered'])
    expect(attempts[0]?.reply).toMatchObject({ code: 451, enhanced: '4.7.1', text: 'come back later' })
  })
})

describe('a peer that answers 5yz ends the delivery', () => {
  const phases: SinkPhase[] = ['mail', 'rcpt', 'data', 'body']
  test.each(phases)(
    'in phase %s, and the previous hop hears of it, signed and without our address book',
    async phase => {
      const on = await stage()
      on.sink.next(phase, '550 5.1.1 one@destination.example is unknown to mx.destination.example')
      const relay = await impatientRelay(on)
      const queueId = await sendSigned(on, relay)
      const [report] = await on.sink.received(1)
      expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
      const text = report?.octets.toString('latin1') ?? ''
      expect(text).toMatch(/^DKIM2-Signature: i=1;/)
      expect(text).toContain('Final-Recipient: rfc822; team@alias.example')
      expect(text).toContain('Status: 5.1.1')
      expect(text.slice(0, text.indexOf('Content-Type: message/rfc822'))).not.toContain('destination.example')
      const delivery = historyOf(relay, queueId)
      expect(delivery).toMatchObject({ state: 'failed', dsn: 'sent' })
      expect(delivery?.log).toHaveLength(1)
    },
  )
})

test('the returned message is what the previous hop had sent, octet for octet', async () => {
  const on = await stage()
  on.sink.next('rcpt', '550 5.1.1 no')
  const relay = await impatientRelay(on)
  const octets = await on.origin.sign(plainMessage(), envelope)
  await send(relay.port, { ...envelope, octets })
  const [report] = await on.sink.received(1)
  expect(report?.octets.toString('latin1')).toContain(`\r\n\r\n${octets.toString('latin1')}\r\n--`)
})

test('an unsigned message of an unauthenticated sender is never answered: no backscatter', async () => {
  const on = await stage()
  on.sink.always('rcpt', '550 5.1.1 no')
  const relay = await impatientRelay(on)
  const { queueId } = await send(relay.port, { ...envelope, octets: plainMessage() })
  await relay.log.until(line => line.text === 'failed, no report is sent')
  expect(historyOf(relay, queueId)).toMatchObject({ state: 'failed', dsn: 'skipped' })
  expect(on.sink.messages).toHaveLength(0)
})

test('an unsigned message of a sender for whom SPF vouches is answered', async () => {
  const on = await stage()
  on.zone['origin.example'] = { ...on.zone['origin.example'], '@': [['txt', 'v=spf1 ip4:127.0.0.1 -all']] }
  on.sink.next('rcpt', '550 5.1.1 no')
  const relay = await impatientRelay(on)
  await send(relay.port, { ...envelope, octets: plainMessage() })
  const [report] = await on.sink.received(1)
  expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
})

test('a report that fails is not reported', async () => {
  const on = await stage()
  on.sink.always('rcpt', '550 5.1.1 no')
  const relay = await impatientRelay(on)
  await sendSigned(on, relay)
  const line = await relay.log.until(({ text }) => text === 'failed, no report is sent')
  expect(line.fields.reason).toContain('report')
})

test('a message that cannot be delivered in its time is returned with 5.4.7', async () => {
  const on = await stage()
  on.sink.always('data', '451 4.3.0 not now')
  const relay = await impatientRelay(on, {}, { lifetimeSeconds: 2 })
  await sendSigned(on, relay)
  on.sink.always('data', async ({ message }) =>
    message.reversePath === '' ? undefined : '451 4.3.0 not now',
  )
  const [report] = await on.sink.received(1)
  expect(report?.octets.toString('latin1')).toContain('Status: 5.4.7')
})

test('a peer that says nothing is given up after the time limit and tried again', async () => {
  const on = await stage()
  on.sink.next('ehlo', { do: 'nothing' })
  const relay = await impatientRelay(on, { commandTimeoutSeconds: 1 })
  const queueId = await sendSigned(on, relay)
  await relay.log.until(line => line.text === 'delivered')
  const attempts = historyOf(relay, queueId)?.log ?? []
  expect(attempts.map(attempt => [attempt.outcome, attempt.phase])).toEqual([
    ['deferred', 'ehlo'],
    ['delivered', 'body'],
  ])
})

test('a slow peer holds up nobody else', async () => {
  const on = await stage()
  const { promise: gate, resolve: open } = Promise.withResolvers<undefined>()
  on.sink.always('rcpt', async ({ line }) => (line.includes('slow') ? gate : undefined))
  const relay = await relayOn(on, {
    domains: {
      'alias.example': {
        aliases: { slow: ['slow@destination.example'], quick: ['quick@destination.example'] },
      },
    },
  })
  await send(relay.port, { from: 'a@origin.example', to: ['slow@alias.example'], octets: plainMessage() })
  await on.sink.until(sink => sink.commands.some(line => line.includes('slow@')))
  await send(relay.port, { from: 'a@origin.example', to: ['quick@alias.example'], octets: plainMessage() })
  const [first] = await on.sink.received(1)
  expect(first?.forwardPaths).toEqual(['quick@destination.example'])
  open(undefined)
  await on.sink.received(2)
})

test('a name server that does not answer defers the delivery, and the message arrives when it does', async () => {
  const on = await stage()
  on.zone['lost.example'] = { '@': [['mx', '0 .']] }
  for (const name of ['lost.example', '_smtp-tls._tcp.lost.example']) on.dns.behave(name, 'nothing')
  const relay = await relayOn(on, {
    domains: { 'alias.example': { aliases: { team: ['one@lost.example'] } } },
    routes: { 'origin.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
    resolver: { servers: [on.dns.address], timeoutMilliseconds: 200, tries: 1 },
    queue: { retrySeconds: [1], thenEverySeconds: 1 },
  })
  const queueId = await sendSigned(on, relay)
  await relay.log.until(line => line.text === 'deferred')
  for (const name of ['lost.example', '_smtp-tls._tcp.lost.example']) on.dns.behave(name, undefined)
  await relay.log.until(line => line.text === 'failed')
  const attempts = historyOf(relay, queueId)?.log ?? []
  expect(attempts[0]).toMatchObject({ outcome: 'deferred', phase: 'discover' })
  expect(attempts.at(-1)?.reason).toContain('5.1.10')
})

test('the next hop is found by SRV and spoken to with implicit TLS', async () => {
  const on = await stage()
  const { Sink } = await import('../support/sink.ts')
  const secure = await Sink.start({ tls: 'implicit' })
  on.zone['srv.example'] = {
    '_smtp-tls._tcp': [['srv', `0 0 ${secure.port} mx.srv.example`]],
    mx: [['a', '127.0.0.1']],
  }
  const relay = await relayOn(on, {
    domains: { 'alias.example': { aliases: { team: ['one@srv.example'] } } },
    delivery: { serviceCertificates: 'encrypt-only' },
  })
  const queueId = await sendSigned(on, relay)
  const [message] = await secure.received(1)
  expect(message?.isTls).toBe(true)
  await relay.log.until(line => line.text === 'delivered')
  expect(historyOf(relay, queueId)?.log[0]?.tls).toMatchObject({ version: 'TLSv1.3' })
  await secure.close()
})

test('a genuine bounce address is accepted and parked; the same with one character changed is refused', async () => {
  const on = await stage()
  const relay = await impatientRelay(on)
  await sendSigned(on, relay)
  const [message] = await on.sink.received(1)
  const address = message?.reversePath ?? ''
  const parked = await send(relay.port, { from: '', to: [address], octets: plainMessage() })
  expect(parked.data).toMatch(/^250 /)
  const reader = openReader(relay.database)
  expect(reader.showMessage(parked.queueId)?.message.state).toBe('bounce-received')
  reader.close()
  const forged = address.replace(
    /-(.)(.{19})@/,
    (_all, first: string, rest: string) => `-${first === '0' ? '1' : '0'}${rest}@`,
  )
  const refused = await send(relay.port, { from: '', to: [forged], octets: plainMessage() })
  expect(refused.rcpt[0]).toMatch(/^550 5\.7\.1 /)
})
