import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { deliver, withoutNextHop } from '../../../src/deliver/deliver.ts'
import type { DeliverSettings } from '../../../src/deliver/settings.ts'
import { Sink, type SinkPhase, type SinkSettings } from '../../support/sink.ts'
import { delivery, hopTo, mailOf, text } from './fixtures.ts'

const sinks: Sink[] = []
const contexts: ReturnType<typeof delivery>[] = []

async function sink(settings: SinkSettings = {}): Promise<Sink> {
  const started = await Sink.start(settings)
  sinks.push(started)
  return started
}

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const gone = await Sink.start()
  const { port } = gone
  await gone.close()
  return port
}

function context(changes: Partial<DeliverSettings> = {}) {
  const made = delivery(changes)
  contexts.push(made)
  return made
}

afterEach(async () => {
  await Promise.all(contexts.splice(0).map(({ pool }) => pool.closeAll(1_000)))
  await Promise.all(sinks.splice(0).map(peer => peer.close()))
})

describe('a delivered message', () => {
  test('has the reply, the host and its TLS in the outcome', async () => {
    const peer = await sink({ tls: 'starttls' })
    const outcome = await deliver(mailOf(text), [hopTo(peer.port)], context())
    expect(outcome).toMatchObject({
      kind: 'delivered',
      phase: 'body',
      reply: { code: 250, enhanced: '2.0.0', text: 'taken as 1' },
      nextHop: `sink.example[127.0.0.1]:${peer.port}`,
      tls: { version: 'TLSv1.3', authorized: true },
    })
    expect(peer.messages[0]).toMatchObject({
      helo: 'relay.example',
      reversePath: 'b+1@relay.example',
      forwardPaths: ['someone@destination.example'],
      mailParameters: `SIZE=${text.length}`,
      isTls: true,
      octets: Buffer.from(text),
    })
  })

  test('of the null reverse-path says MAIL FROM:<>', async () => {
    const peer = await sink()
    await deliver(mailOf(text, { reversePath: '' }), [hopTo(peer.port)], context())
    expect(peer.commands).toContain(`MAIL FROM:<> SIZE=${text.length}`)
  })

  test('arrives octet for octet, whatever its lines and wherever its chunks are cut', async () => {
    const peer = await sink()
    const deliverer = context({ maxMessagesPerConnection: 1e9 })
    const part = fc.constantFrom(
      Buffer.from('.'),
      Buffer.from('\r\n'),
      Buffer.from('\r\n.\r\n'),
      Buffer.from([0, 255]),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 30 }), async chunks => {
        const octets = Buffer.concat(chunks)
        const whole = octets.length === 0 || octets.subarray(-2).equals(Buffer.from('\r\n'))
        const outcome = await deliver(mailOf(chunks), [hopTo(peer.port)], deliverer)
        expect(outcome.kind).toBe('delivered')
        expect(peer.messages.at(-1)?.octets).toEqual(
          whole ? octets : Buffer.concat([octets, Buffer.from('\r\n')]),
        )
      }),
      { numRuns: 300 },
    )
    expect(peer.connections).toBe(1)
  })

  test('of 10 MiB arrives octet for octet, over TLS too', async () => {
    const line = `.${'x'.repeat(70)}é\r\n`
    const octets = Buffer.from(line.repeat(Math.ceil((10 * 1024 * 1024) / Buffer.byteLength(line))))
    for (const tls of ['none', 'starttls'] as const) {
      const peer = await sink({ tls })
      const mail = mailOf([Buffer.from('Subject: big\r\n\r\n'), octets], { eightBit: true })
      expect((await deliver(mail, [hopTo(peer.port)], context())).kind).toBe('delivered')
      expect(peer.messages[0]?.octets.equals(Buffer.concat(mail.chunks))).toBe(true)
    }
  })

  test('goes to a peer that knows no EHLO and no extension', async () => {
    const peer = await sink({ extensions: [] })
    peer.always('ehlo', '502 5.5.1 what?')
    expect((await deliver(mailOf(text), [hopTo(peer.port)], context())).kind).toBe('delivered')
    expect(peer.commands).toContain('MAIL FROM:<b+1@relay.example>')
  })
})

describe('what the next hop lacks', () => {
  const refused = async (extensions: readonly string[], changes: Parameters<typeof mailOf>[1]) => {
    const peer = await sink({ extensions })
    const outcome = await deliver(mailOf(text, changes), [hopTo(peer.port)], context())
    expect(peer.commands.filter(line => line.startsWith('MAIL'))).toEqual([])
    return outcome
  }

  test('8BITMIME: an 8-bit message fails with 5.6.3, it is never converted', async () => {
    expect(await refused(['SMTPUTF8'], { eightBit: true })).toMatchObject({ kind: 'failed', status: '5.6.3' })
  })

  test('SMTPUTF8: a message that needs it fails with 5.6.7', async () => {
    expect(await refused(['8BITMIME'], { smtpUtf8: true })).toMatchObject({ kind: 'failed', status: '5.6.7' })
    const address = { forwardPath: 'jörg@destination.example' }
    expect(await refused(['8BITMIME'], address)).toMatchObject({ kind: 'failed', status: '5.6.7' })
  })

  test('SIZE: a message above the announced size fails with 5.3.4', async () => {
    expect(await refused([`SIZE ${text.length - 1}`], {})).toMatchObject({ kind: 'failed', status: '5.3.4' })
  })

  test('what it has is declared: BODY=8BITMIME, and SMTPUTF8 once, also for header fields alone', async () => {
    const peer = await sink({ extensions: ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE'] })
    const deliverer = context()
    const utf8 = { smtpUtf8: true, eightBit: true }
    await deliver(mailOf(text, utf8), [hopTo(peer.port)], deliverer)
    await deliver(
      mailOf(text, { ...utf8, forwardPath: 'jörg@destination.example' }),
      [hopTo(peer.port)],
      deliverer,
    )
    await deliver(mailOf(text), [hopTo(peer.port)], deliverer)
    const parameters = peer.messages.map(message => message.mailParameters.split(' ').sort().join(' '))
    const size = `SIZE=${text.length}`
    expect(parameters).toEqual([`BODY=8BITMIME ${size} SMTPUTF8`, `BODY=8BITMIME ${size} SMTPUTF8`, size])
    expect(peer.messages[1]?.forwardPaths).toEqual(['jörg@destination.example'])
  })
})

describe('what must never reach a socket', () => {
  test.each([
    [{ reversePath: 'a\r\nRCPT TO:<x@y.example>' }, '5.1.7'],
    [{ forwardPath: 'a>\r\nDATA' }, '5.1.3'],
  ])('an address with control characters or brackets: %j', async (changes, status) => {
    expect(await deliver(mailOf(text, changes), [], context())).toMatchObject({ kind: 'failed', status })
  })

  test('a CR or LF that stands alone', async () => {
    expect(await deliver(mailOf('a\n.\r\nb\r\n'), [], context())).toMatchObject({
      kind: 'failed',
      status: '5.6.11',
    })
  })
})

const commands = ['mail', 'rcpt', 'data', 'body'] as const
const early = ['connect', 'ehlo'] as const
const phaseOf: Partial<Record<SinkPhase, string>> = { connect: 'greeting' }

describe.each([
  ['with PIPELINING', undefined],
  ['without PIPELINING', ['8BITMIME']],
])('a peer %s', (_name, extensions) => {
  const settings = extensions === undefined ? {} : { extensions }

  test.each(commands)('that answers %s with 4yz: deferred after the next host was asked too', async phase => {
    const first = (await sink(settings)).always(phase, '451 4.7.1 try\nlater')
    const second = (await sink(settings)).always(phase, '452-4.3.1 full\n452 4.3.1 again')
    const outcome = await deliver(mailOf(text), [hopTo(first.port), hopTo(second.port)], context())
    expect(outcome).toMatchObject({
      kind: 'deferred',
      phase,
      reply: { code: 452, enhanced: '4.3.1', text: 'full\nagain' },
    })
    expect(outcome.reason).toContain(`said: 451 4.7.1 try`)
    expect(outcome.reason).toContain(`:${second.port} said: 452-4.3.1 full / 452 4.3.1 again`)
  })

  test.each(commands)('that answers %s with 5yz: failed, the next host is not asked', async phase => {
    const first = (await sink(settings)).always(phase, '550 5.1.1 unknown')
    const second = await sink(settings)
    const outcome = await deliver(mailOf(text), [hopTo(first.port), hopTo(second.port)], context())
    expect(outcome).toMatchObject({
      kind: 'failed',
      phase,
      reply: { code: 550, enhanced: '5.1.1', text: 'unknown' },
    })
    expect(second.connections).toBe(0)
  })

  test.each(commands)('that answers %s with 421: the next host takes it', async phase => {
    const first = (await sink(settings)).always(phase, '421 4.3.2 going down')
    const second = await sink(settings)
    const outcome = await deliver(mailOf(text), [hopTo(first.port), hopTo(second.port)], context())
    expect(outcome).toMatchObject({ kind: 'delivered' })
    expect(second.messages).toHaveLength(1)
  })

  test.each([
    ['mail', 'mail'],
    ['rcpt', 'rcpt'],
    ['data', 'data'],
  ] as const)(
    'that drops the connection at %s: the next host takes it, and alone it is deferred',
    async (phase, told) => {
      const first = (await sink(settings)).always(phase, { do: 'drop' })
      const second = await sink(settings)
      expect(await deliver(mailOf(text), [hopTo(first.port), hopTo(second.port)], context())).toMatchObject({
        kind: 'delivered',
      })
      const alone = await deliver(mailOf(text), [hopTo(first.port)], context())
      expect(alone).toMatchObject({ kind: 'deferred', phase: told })
      expect(alone.reply).toBeUndefined()
    },
  )

  test.each(commands)('that says nothing at %s: deferred after the time limit', async phase => {
    const peer = (await sink(settings)).always(phase, () => new Promise(() => undefined))
    const limits = { commandMilliseconds: 50, finalReplyMilliseconds: 50 }
    const outcome = await deliver(mailOf(text), [hopTo(peer.port)], context(limits))
    expect(outcome).toMatchObject({ kind: 'deferred', phase })
    expect(outcome.reason).toContain('in time')
  })

  test.each(['drop', 'reset'] as const)(
    'that ends the connection after the final dot (%s): deferred, no other host is asked',
    async how => {
      const first = (await sink(settings)).always('body', { do: how })
      const second = await sink(settings)
      const outcome = await deliver(mailOf(text), [hopTo(first.port), hopTo(second.port)], context())
      expect(outcome).toMatchObject({ kind: 'deferred', phase: 'body' })
      expect(outcome.reason).toContain('may arrive twice')
      expect(second.connections).toBe(0)
    },
  )
})

describe('a peer that fails before MAIL', () => {
  test.each(early)('with a 5yz reply at %s is skipped; alone it is deferred', async phase => {
    const first = await sink()
    first.always(phase, '554 5.3.2 not here').always('helo', '554 5.3.2 not here')
    const second = await sink()
    const hops = [hopTo(first.port), hopTo(second.port)]
    expect((await deliver(mailOf(text), hops, context())).kind).toBe('delivered')
    const alone = await deliver(mailOf(text), [hopTo(first.port)], context())
    expect(alone).toMatchObject({
      kind: 'deferred',
      phase: phaseOf[phase] ?? phase,
      reply: { code: 554, enhanced: '5.3.2', text: 'not here' },
    })
  })

  test.each(early)('with a dropped connection at %s is skipped; alone it is deferred', async phase => {
    const first = (await sink()).always(phase, { do: 'drop' })
    const second = await sink()
    expect((await deliver(mailOf(text), [hopTo(first.port), hopTo(second.port)], context())).kind).toBe(
      'delivered',
    )
    const alone = await deliver(mailOf(text), [hopTo(first.port)], context())
    expect(alone).toMatchObject({ kind: 'deferred', phase: phaseOf[phase] ?? phase })
  })

  test.each(early)('with silence at %s is skipped after the time limit', async phase => {
    const first = (await sink()).always(phase, { do: 'nothing' })
    const second = await sink()
    const limits = { greetingMilliseconds: 100, commandMilliseconds: 100 }
    expect((await deliver(mailOf(text), [hopTo(first.port), hopTo(second.port)], context(limits))).kind).toBe(
      'delivered',
    )
  })

  test('because nobody listens is skipped; alone it is deferred with the cause', async () => {
    const gone = await freePort()
    const second = await sink()
    expect((await deliver(mailOf(text), [hopTo(gone), hopTo(second.port)], context())).kind).toBe('delivered')
    const alone = await deliver(mailOf(text), [hopTo(gone)], context())
    expect(alone).toMatchObject({ kind: 'deferred', phase: 'connect' })
    expect(alone.reason).toContain('ECONNREFUSED')
  })
})

describe('a peer that misbehaves', () => {
  test('with a reply that never ends: deferred, and memory stays bounded', async () => {
    const peer = (await sink()).always('mail', Array.from({ length: 5_000 }, () => '250-more').join('\n'))
    const outcome = await deliver(mailOf(text), [hopTo(peer.port)], context({ maxReplyOctets: 10_000 }))
    expect(outcome).toMatchObject({ kind: 'deferred' })
  })

  test('with a reply that is no SMTP: deferred, with its words', async () => {
    const peer = (await sink()).always('mail', 'HTTP/1.1 400 Bad Request')
    const outcome = await deliver(mailOf(text), [hopTo(peer.port)], context())
    expect(outcome).toMatchObject({ kind: 'deferred', phase: 'mail' })
    expect(outcome.reason).toContain('HTTP/1.1 400 Bad Request')
    expect(outcome.reply).toBeUndefined()
  })

  test('with a very long reply: only its beginning is kept', async () => {
    const peer = (await sink()).always('rcpt', `550 5.1.1 ${'x'.repeat(5_000)}`)
    const outcome = await deliver(mailOf(text), [hopTo(peer.port)], context())
    expect(outcome).toMatchObject({ kind: 'failed', reply: { code: 550 } })
    expect(outcome.reply?.text.length).toBeLessThan(1_000)
    expect(outcome.reason?.length).toBeLessThan(1_200)
  })

  test('by taking nothing of a large message: deferred after the time limit', async () => {
    const peer = await sink()
    peer.always('data', () => {
      for (const socket of peer.sockets) socket.pause()
      return undefined
    })
    const large = mailOf('x\r\n'.repeat(10_000_000))
    const outcome = await deliver(large, [hopTo(peer.port)], context({ stallMilliseconds: 100 }))
    expect(outcome).toMatchObject({ kind: 'deferred', phase: 'body' })
    expect(outcome.reason).toContain('stopped taking the message')
  })

  test('by taking a large message before its end was sent: deferred', async () => {
    const peer = (await sink()).always('content', '250 2.0.0 taken')
    const large = mailOf('x\r\n'.repeat(10_000_000))
    expect(await deliver(large, [hopTo(peer.port)], context())).toMatchObject({
      kind: 'deferred',
      phase: 'body',
    })
  })

  test('by refusing a large message before its end: failed, and the connection is not used again', async () => {
    const peer = (await sink()).always('content', '552 5.3.4 too large')
    const deliverer = context()
    const large = mailOf('x\r\n'.repeat(10_000_000))
    const outcome = await deliver(large, [hopTo(peer.port)], deliverer)
    expect(outcome).toMatchObject({ kind: 'failed', phase: 'body', reply: { code: 552 } })
    expect(deliverer.pool.counts.idle).toBe(0)
  })
})

describe('several hosts', () => {
  test('the first that takes the message ends the search', async () => {
    const [first, second] = [await sink(), await sink()]
    await deliver(mailOf(text), [hopTo(first.port), hopTo(second.port)], context())
    expect([first.messages.length, second.connections]).toEqual([1, 0])
  })

  test('no more than maxSessions hosts that answer are asked', async () => {
    const peers = [await sink(), await sink(), await sink()]
    for (const peer of peers) peer.always('rcpt', '450 4.2.0 greylisted')
    await deliver(
      mailOf(text),
      peers.map(peer => hopTo(peer.port)),
      context({ maxSessions: 2 }),
    )
    expect(peers.map(peer => peer.connections)).toEqual([1, 1, 0])
  })

  test('the outcome is that of the last host that answered, with the reasons of all', async () => {
    const first = (await sink()).always('rcpt', '450 4.2.0 greylisted')
    const gone = await freePort()
    const outcome = await deliver(mailOf(text), [hopTo(first.port), hopTo(gone)], context())
    expect(outcome).toMatchObject({ kind: 'deferred', phase: 'rcpt', reply: { code: 450 } })
    expect(outcome.reason).toMatch(/greylisted.*; .*ECONNREFUSED/)
  })

  test('none at all: deferred', async () => {
    expect(await deliver(mailOf(text), [], context())).toMatchObject({ kind: 'deferred', phase: 'discover' })
  })
})

test('discovery without a next hop is an outcome too: temporary is deferred, permanent failed with its status', () => {
  expect(withoutNextHop({ kind: 'temporary', reason: 'DNS is down' })).toMatchObject({
    kind: 'deferred',
    phase: 'discover',
  })
  const permanent = { kind: 'permanent', reason: 'null MX', status: '5.1.10' } as const
  expect(withoutNextHop(permanent)).toEqual({
    kind: 'failed',
    phase: 'discover',
    reason: 'null MX',
    status: '5.1.10',
  })
})
