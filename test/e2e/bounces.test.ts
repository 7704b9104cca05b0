import { describe, expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import type { MeshRelay } from '../support/mesh.ts'
import { meshRelay } from '../support/mesh.ts'
import { forwarded, plainReport, returnedIn, textOf, wholeMessage } from '../support/reports.ts'
import { plainMessage, send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { stage } from '../support/stage.ts'
import { verifyOctets, verifyReceived } from '../support/verify.ts'

const refusal = '550 5.1.1 one@destination.example is unknown to mx.destination.example [192.0.2.77]'

/** origin.example, then hop1.example, hop2.example, ...: the last leads to one@destination.example, which the sink refuses. */
async function row(
  on: Stage,
  hops: number,
  profile: 'mailversion' | 'message-instance',
): Promise<MeshRelay[]> {
  const relays = [await meshRelay(on, 'origin.example', { a: ['home@destination.example'] }, { profile })]
  for (let hop = 1; hop <= hops; hop++) {
    const next = hop === hops ? 'one@destination.example' : `box@hop${hop + 1}.example`
    relays.push(await meshRelay(on, `hop${hop}.example`, { box: [next] }))
  }
  on.sink.always('rcpt', async ({ line }) => (line.includes('<one@') ? refusal : undefined))
  return relays
}

describe.each(['mailversion', 'message-instance'] as const)('a failure far away, in profile %s', profile => {
  test.each([2, 4])(
    'comes back over %i hops to who wrote the message, and each hop tells only what it may',
    async hops => {
      const on = await stage()
      const [origin, ...others] = await row(on, hops, profile)
      const mail = { from: 'a@origin.example', to: ['box@hop1.example'], octets: plainMessage() }
      await send(origin?.localPort ?? 0, mail)
      const [report] = await on.sink.received(1)

      expect(report).toMatchObject({ reversePath: '', forwardPaths: ['home@destination.example'] })
      const whole = await verifyReceived(report, on.zone)
      expect(whole).toMatchObject({ state: 'pass', profile })
      expect(whole.hops.map(hop => hop.domain)).toEqual(['hop1.example', 'origin.example'])
      const text = report?.octets.toString('latin1') ?? ''
      expect(text).toContain('Final-Recipient: rfc822; box@hop1.example')
      expect(text).toContain('Status: 5.1.1')

      const returned = returnedIn(report)
      expect(returned).toContain('Hello.\r\n.dot\r\n')
      for (const secret of ['hop2.example', 'one@destination', 'mx.destination', '192.0.2.77']) {
        expect(text.slice(0, text.indexOf(returned))).not.toContain(secret)
        expect(returned).not.toContain(secret)
      }
      expect(await verifyOctets(Buffer.from(returned, 'latin1'), on.zone)).toMatchObject({
        state: 'pass',
        hops: [{ sequence: 1, domain: 'origin.example' }],
      })
      for (const relay of others.slice(0, -1)) {
        const line = await relay.log.until(
          ({ text: said }) => said === 'bounce passed on to the previous hop',
        )
        expect(line.fields.form).toBe('full')
      }
    },
  )
})

describe('the own address of the previous hop is no secret to it', () => {
  const senders = ["o'brien", 'list-bounces+user=member.example']
  test.each(senders)('however it is written: %s', async localPart => {
    const on = await stage()
    const profile = 'message-instance'
    const origin = await meshRelay(on, 'origin.example', { '*': ['home@destination.example'] }, { profile })
    await meshRelay(on, 'hop1.example', { box: ['box@hop2.example'] })
    await meshRelay(on, 'hop2.example', { box: ['one@destination.example'] })
    on.sink.always('rcpt', async ({ line }) => (line.includes('<one@') ? refusal : undefined))
    const mail = { from: `${localPart}@origin.example`, to: ['box@hop1.example'], octets: plainMessage() }
    await send(origin.localPort, mail)
    const [report] = await on.sink.received(1)
    expect(report?.octets.toString('latin1')).toContain('Status: 5.1.1')
  })
})

function stateOf(relay: MeshRelay, queueId: string) {
  const reader = openReader(relay.database)
  const history = reader.showMessage(queueId)
  reader.close()
  return history
}

describe('a bounce of a host that does not sign', () => {
  test('is passed on because its address cannot be guessed, and marked as unauthenticated', async () => {
    const on = await stage()
    const { relay, copy, queueId } = await forwarded(on)
    const { data } = await send(relay.localPort, {
      from: '',
      to: [copy.reversePath],
      octets: plainReport(copy),
    })
    expect(data).toMatch(/^250 /)
    const [, report] = await on.sink.received(2)
    const text = report?.octets.toString('latin1') ?? ''
    expect(text).toContain('Final-Recipient: rfc822; box@hop1.example')
    expect(text).toContain('Status: 5.2.2')
    expect(text.slice(0, text.indexOf('Content-Type: message/rfc822'))).not.toContain('destination.example [')
    expect(text).not.toContain('store.destination')
    expect(stateOf(relay, queueId)?.deliveries[0]).toMatchObject({ state: 'delivered', dsn: 'sent' })
    const line = relay.log.lines.find(({ text: said }) => said === 'bounce')
    expect(line?.fields.judgement).toMatchObject({
      kind: 'pass-on',
      bounce: { judgement: 'unauthenticated' },
    })
  })

  test('is refused where the configuration demands a signature', async () => {
    const on = await stage()
    const { relay, copy } = await forwarded(on, { bounces: { requireSignature: true } })
    const { data } = await send(relay.localPort, {
      from: '',
      to: [copy.reversePath],
      octets: plainReport(copy),
    })
    expect(data).toMatch(/^550 5\.7\.1 /)
  })

  test('is refused when it returns our copy of another delivery', async () => {
    const on = await stage()
    const { relay, copy } = await forwarded(on)
    const envelope = { from: 'a@origin.example', to: ['box@hop1.example'] }
    const octets = await on.origin.sign(plainMessage({ subject: 'Other' }), envelope)
    await send(relay.localPort, { ...envelope, octets })
    const [, other] = await on.sink.received(2)
    const report = plainReport(copy, { returned: wholeMessage(textOf(other)) })
    const { data } = await send(relay.localPort, { from: '', to: [copy.reversePath], octets: report })
    expect(data).toMatch(/^550 5\.7\.1 /)
  })

  test('is told once: a replayed report is taken and goes no further', async () => {
    const on = await stage()
    const { relay, copy } = await forwarded(on)
    const mail = { from: '', to: [copy.reversePath], octets: plainReport(copy) }
    await send(relay.localPort, mail)
    await on.sink.received(2)
    const again = await send(relay.localPort, mail)
    expect(again.data).toMatch(/^250 /)
    expect(stateOf(relay, again.queueId)?.message).toMatchObject({ state: 'bounce-received' })
    const line = relay.log.lines.findLast(({ text }) => text === 'bounce')
    expect(line?.fields.judgement).toMatchObject({ kind: 'park', reason: 'this failure was reported before' })
  })

  test('that is forged, signed by somebody who was never sent the message, is refused', async () => {
    const on = await stage()
    const { relay, copy } = await forwarded(on)
    const octets = await on.origin.sign(plainReport(copy), { from: '', to: [copy.reversePath] })
    const { data } = await send(relay.localPort, { from: '', to: [copy.reversePath], octets })
    expect(data).toMatch(/^550 5\.7\.1 report refused: d=origin\.example /)
  })
})

test('a vacation notice to a bounce address is taken, kept and answered to nobody', async () => {
  const on = await stage()
  const { relay, copy } = await forwarded(on)
  const octets = plainMessage({ extra: 'Auto-Submitted: auto-replied\r\n' })
  const { data, queueId } = await send(relay.localPort, { from: '', to: [copy.reversePath], octets })
  expect(data).toMatch(/^250 /)
  expect(stateOf(relay, queueId)?.message.state).toBe('bounce-received')
  expect(on.sink.messages).toHaveLength(1)
})
