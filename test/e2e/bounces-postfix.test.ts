/** Bounces that a real Postfix causes or makes, over three and five relays back to who wrote the message. */
import { describe, expect, test } from 'vitest'
import { freePorts } from '../support/free-ports.ts'
import type { MeshRelay } from '../support/mesh.ts'
import { meshRelay } from '../support/mesh.ts'
import type { PostfixSettings } from '../support/postfix.ts'
import { Postfix, postfixMissing } from '../support/postfix.ts'
import { returnedIn } from '../support/reports.ts'
import { plainMessage, send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { verifyOctets, verifyReceived } from '../support/verify.ts'

const recipient = 'user@postfix.example'

/** origin.example, hop1.example, ...; the last leads to a Postfix, whose own bounces come to the last relay. */
async function row(on: Stage, relays: number, settings: PostfixSettings): Promise<MeshRelay[]> {
  const last = relays - 1
  const [port = 0] = await freePorts(1)
  const postfix = await Postfix.start({
    relayDomains: ['postfix.example'],
    ...settings,
    routes: { 'postfix.example': 'discard:', [`hop${last}.example`]: { port }, ...settings.routes },
  })
  afterTest(() => postfix.stop())
  const started = [await meshRelay(on, 'origin.example', { a: ['home@destination.example'] })]
  for (let hop = 1; hop < relays; hop++) {
    const next = hop === last ? recipient : `box@hop${hop + 1}.example`
    const listener = { earlyTalkerDelayMilliseconds: 0 }
    const listeners = [
      { ...listener, name: 'smtps', port: 0, tls: 'implicit' as const },
      { ...listener, name: 'mx', port: hop === last ? port : 0, tls: 'none' as const },
    ]
    const routes = { 'postfix.example': { host: '127.0.0.1', port: postfix.port, tls: 'none' as const } }
    started.push(await meshRelay(on, `hop${hop}.example`, { box: [next] }, { listeners, routes }))
  }
  return started
}

const cases: readonly {
  readonly where: string
  readonly settings: PostfixSettings
  readonly status: string
  /** The last relay was told by a report. */
  readonly isReported: boolean
}[] = [
  {
    where: 'at RCPT',
    settings: { refusedRecipients: { [recipient]: '550 5.1.1 user@postfix.example is unknown to mx' } },
    status: '5.1.1',
    isReported: false,
  },
  {
    where: 'at the end of data',
    settings: { refusedMessages: { [recipient]: '554 5.6.0 not for user@postfix.example' } },
    status: '5.6.0',
    isReported: false,
  },
  {
    where: 'after it was accepted, in a report made by Postfix',
    settings: {
      failures: { [recipient]: '5.2.1 user@postfix.example is disabled on store.postfix.example' },
    },
    status: '5.2.1',
    isReported: true,
  },
]

describe.skipIf(postfixMissing !== undefined)('a message that a real Postfix refuses', () => {
  describe.each(cases)('$where', ({ settings, status, isReported }) => {
    test.each([3, 5])('comes back over %i relays, and nothing tells where it went', async relays => {
      const on = await stage()
      const [origin, ...hops] = await row(on, relays, settings)
      const mail = { from: 'a@origin.example', to: ['box@hop1.example'], octets: plainMessage() }
      await send(origin?.localPort ?? 0, mail)
      const [report] = await on.sink.received(1)
      if (report === undefined) throw new Error('nothing came back')
      expect(report).toMatchObject({ reversePath: '', forwardPaths: ['home@destination.example'] })
      expect((await verifyReceived(report, on.zone)).state).toBe('pass')
      const text = report.octets.toString('latin1')
      expect(text).toContain('Final-Recipient: rfc822; box@hop1.example\r\n')
      expect(text).toContain(`Status: ${status}\r\n`)
      expect(text).not.toMatch(/postfix\.example|hop2\.example/)
      const returned = returnedIn(report)
      expect(returned).toContain('Hello.\r\n.dot\r\n')
      expect(await verifyOctets(Buffer.from(returned, 'latin1'), on.zone)).toMatchObject({
        state: 'pass',
        hops: [{ sequence: 1, domain: 'origin.example' }],
      })
      const judged = hops
        .flatMap(({ log }) => log.lines)
        .filter(({ text: said }) => said === 'bounce')
        .map(({ fields }) => (fields.judgement as { bounce: { judgement: string } }).bounce.judgement)
      // Postfix does not sign; every relay does.
      const signed = Array.from({ length: relays - 2 }, () => 'authentic')
      expect(judged).toEqual(isReported ? [...signed, 'unauthenticated'] : signed)
    })
  })

  test('and returns in part: of a message that is too large for its reports the header fields go back', async () => {
    const on = await stage()
    const [origin] = await row(on, 3, { ...cases[2]?.settings, settings: { bounce_size_limit: '1000' } })
    const octets = plainMessage({ body: 'Long.\r\n'.repeat(1_000) })
    await send(origin?.localPort ?? 0, { from: 'a@origin.example', to: ['box@hop1.example'], octets })
    const [report] = await on.sink.received(1)
    const text = report?.octets.toString('latin1') ?? ''
    expect(text).toContain('Content-Type: text/rfc822-headers\r\n')
    expect(text).toContain('Subject: Plans\r\n')
    expect(text).not.toContain('Long.')
    expect(text).not.toContain('postfix.example')
  })

  test('a delivery that Postfix tries in vain ends the same way, with the words of the host behind it kept back', async () => {
    const on = await stage()
    on.sink.always('rcpt', async ({ line }) =>
      line.includes('<user@') ? '550 5.7.1 user@postfix.example refused by inner.postfix.example' : undefined,
    )
    const [origin] = await row(on, 3, { routes: { 'postfix.example': { port: on.sink.port } } })
    const mail = { from: 'a@origin.example', to: ['box@hop1.example'], octets: plainMessage() }
    await send(origin?.localPort ?? 0, mail)
    const [report] = await on.sink.received(1)
    const text = report?.octets.toString('latin1') ?? ''
    expect(text).toContain('Status: 5.7.1\r\n')
    expect(text).not.toContain('postfix.example')
  })
})
