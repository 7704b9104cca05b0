import { describe, expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import { freePorts } from '../support/free-ports.ts'
import type { MeshRelay } from '../support/mesh.ts'
import { meshRelay } from '../support/mesh.ts'
import { Postfix, postfixMissing } from '../support/postfix.ts'
import { textOf } from '../support/reports.ts'
import { plainMessage, send } from '../support/send.ts'
import { Sink } from '../support/sink.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { verifyReceived } from '../support/verify.ts'

const aliases = {
  box: ['one@destination.example'],
  team: ['one@destination.example', 'two@destination.example'],
}

/** hop1.example forwards to destination.example; reports for origin.example come to `home`. */
async function forwarder(
  on: Stage,
  { knowsDsn = false, config = {} }: { knowsDsn?: boolean; config?: object } = {},
): Promise<{ relay: MeshRelay; destination: Sink; home: Sink }> {
  const extensions = ['8BITMIME', 'SMTPUTF8', ...(knowsDsn ? ['DSN'] : [])]
  const destination = await Sink.start({ extensions })
  const home = await Sink.start({ extensions })
  afterTest(() => destination.close())
  afterTest(() => home.close())
  const route = (port: number) => ({ host: '127.0.0.1', port, tls: 'none' as const })
  const relay = await meshRelay(on, 'hop1.example', aliases, {
    routes: { 'destination.example': route(destination.port), 'origin.example': route(home.port) },
    ...config,
  })
  return { relay, destination, home }
}

async function post(on: Stage, relay: MeshRelay, to: string, mailParameters = '', rcptParameters = '') {
  const envelope = { from: 'a@origin.example', to: [to] }
  // The same message twice would go out once.
  const octets = await on.origin.sign(plainMessage({ subject: `Plans ${rcptParameters}` }), envelope)
  return send(relay.localPort, { ...envelope, octets, mailParameters, rcptParameters })
}

function storedOf(relay: MeshRelay, queueId: string) {
  const reader = openReader(relay.database)
  const history = reader.showMessage(queueId)
  reader.close()
  return history
}

describe('success, asked for with NOTIFY=SUCCESS (RFC 3461)', () => {
  test('is reported as relayed where the next hop knows no DSN, with ENVID and ORCPT of the sender', async () => {
    const on = await stage()
    const { relay, destination, home } = await forwarder(on)
    const asked = 'NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;first+2Bbox@hop1.example'
    await post(on, relay, 'box@hop1.example', 'RET=HDRS ENVID=QQ+20314', asked)
    const [copy] = await destination.received(1)
    expect(copy?.mailParameters).not.toMatch(/RET|ENVID/)
    const [report] = await home.received(1)
    expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
    expect(await verifyReceived(report, on.zone)).toMatchObject({ state: 'pass' })
    const text = textOf(report)
    expect(text).toContain('Original-Envelope-Id: QQ 314\r\n')
    expect(text).toContain('Original-Recipient: rfc822;first+box@hop1.example\r\n')
    expect(text).toContain('Final-Recipient: rfc822; box@hop1.example\r\n')
    expect(text).toContain('Action: relayed\r\nStatus: 2.0.0\r\n')
    expect(text).not.toContain('destination.example')
    expect(text).not.toContain('Hello.')
  })

  test('is left to a next hop that knows DSN: it is asked as the sender had asked', async () => {
    const on = await stage()
    const { relay, destination } = await forwarder(on, { knowsDsn: true })
    const asked = 'NOTIFY=SUCCESS,DELAY ORCPT=rfc822;first+2Bbox@hop1.example'
    const { queueId } = await post(on, relay, 'box@hop1.example', 'RET=HDRS ENVID=QQ+20314', asked)
    const [copy] = await destination.received(1)
    expect(copy?.mailParameters).toContain('RET=HDRS ENVID=QQ+20314')
    expect(destination.commands).toContain(`RCPT TO:<one@destination.example> ${asked}`)
    await relay.log.until(({ text }) => text === 'delivered')
    expect(storedOf(relay, queueId)?.deliveries[0]).toMatchObject({ successDsn: 'wanted' })
  })

  test('of an alias with several targets is its expansion, told once, and the copies ask for none', async () => {
    const on = await stage()
    const { relay, destination, home } = await forwarder(on, { knowsDsn: true })
    await post(on, relay, 'team@hop1.example', '', 'NOTIFY=SUCCESS,FAILURE')
    await destination.received(2)
    expect(destination.commands.filter(line => line.startsWith('RCPT'))).toEqual([
      'RCPT TO:<one@destination.example> NOTIFY=FAILURE',
      'RCPT TO:<two@destination.example> NOTIFY=FAILURE',
    ])
    const [report] = await home.received(1)
    expect(textOf(report)).toContain('Final-Recipient: rfc822; team@hop1.example\r\nAction: expanded\r\n')
    expect(textOf(report)).not.toContain('destination.example')
  })

  test('is not reported where nobody asked for it', async () => {
    const on = await stage()
    const { relay, destination, home } = await forwarder(on)
    await post(on, relay, 'box@hop1.example')
    await post(on, relay, 'box@hop1.example', '', 'NOTIFY=FAILURE')
    await destination.received(2)
    await post(on, relay, 'box@hop1.example', '', 'NOTIFY=SUCCESS')
    await home.received(1)
    expect(home.messages).toHaveLength(1)
  })
})

describe('failures', () => {
  const refusal = '550 5.1.1 no such user'

  test.each(['NEVER', 'SUCCESS', 'DELAY'])('are reported to nobody with NOTIFY=%s', async notify => {
    const on = await stage()
    const { relay, destination, home } = await forwarder(on)
    destination.always('rcpt', refusal)
    const { queueId } = await post(on, relay, 'box@hop1.example', '', `NOTIFY=${notify}`)
    await relay.log.until(({ text }) => text === 'failed, and the sender asked not to be told (NOTIFY)')
    expect(storedOf(relay, queueId)?.deliveries[0]).toMatchObject({ state: 'failed', dsn: 'skipped' })
    expect(home.messages).toEqual([])
  })

  test('return header fields only with RET=HDRS', async () => {
    const on = await stage()
    const { relay, destination, home } = await forwarder(on)
    destination.always('rcpt', refusal)
    await post(on, relay, 'box@hop1.example', 'RET=HDRS ENVID=x', 'NOTIFY=FAILURE')
    const [report] = await home.received(1)
    expect(textOf(report)).toContain('Content-Type: text/rfc822-headers\r\n')
    expect(textOf(report)).toContain('Original-Envelope-Id: x\r\n')
    expect(textOf(report)).not.toContain('Hello.')
  })
})

describe('a delay', () => {
  const config = { bounces: { delayWarningSeconds: 1 } }
  const later = '451 4.7.1 greylisted by mx.destination.example'

  test('is told once to a sender that is authenticated, with the time until which it is tried', async () => {
    const on = await stage()
    const { relay, destination, home } = await forwarder(on, { config })
    destination.always('rcpt', later)
    const { queueId } = await post(on, relay, 'team@hop1.example', 'ENVID=slow')
    const [report] = await home.received(1)
    const text = textOf(report)
    expect(text).toContain('Action: delayed\r\nStatus: 4.7.1\r\nWill-Retry-Until: ')
    expect(text).toContain('Original-Envelope-Id: slow\r\n')
    expect(text.match(/^Final-Recipient:/gm)).toHaveLength(1)
    expect(text).not.toContain('destination.example')
    expect(await verifyReceived(report, on.zone)).toMatchObject({ state: 'pass' })
    const before = destination.commands.length
    await destination.until(({ commands }) => commands.length > before + 6)
    destination.always('rcpt', undefined)
    await destination.received(2)
    expect(home.messages).toHaveLength(1)
    expect(storedOf(relay, queueId)?.message).toMatchObject({ delayDsn: 'sent' })
  })

  test.each([
    ['of a report', '', ''],
    ['that the sender does not want to hear of', 'a@origin.example', 'NOTIFY=FAILURE'],
  ])('%s is told to nobody', async (_, from, notify) => {
    const on = await stage()
    const { relay, destination, home } = await forwarder(on, { config })
    destination.always('rcpt', later)
    const envelope = { from, to: ['box@hop1.example'] }
    const octets = await on.origin.sign(plainMessage(), envelope)
    await send(relay.localPort, { ...envelope, octets, rcptParameters: notify })
    await relay.log.until(({ text }) => text === 'delay not reported')
    destination.always('rcpt', undefined)
    await destination.received(1)
    expect(home.messages).toEqual([])
  })
})

describe.skipIf(postfixMissing !== undefined)('reports of a real Postfix at the next hop', () => {
  /** hop1.example forwards to user@postfix.example: a Postfix that passes on to the sink and has its reports come back. */
  async function withPostfix(on: Stage, settings: Record<string, string> = {}) {
    const home = await Sink.start({ extensions: ['8BITMIME', 'SMTPUTF8', 'DSN'] })
    afterTest(() => home.close())
    const [port = 0] = await freePorts(1)
    const postfix = await Postfix.start({
      relayDomains: ['postfix.example'],
      routes: { 'postfix.example': { port: on.sink.port }, 'hop1.example': { port } },
      settings,
    })
    afterTest(() => postfix.stop())
    const route = (to: number) => ({ host: '127.0.0.1', port: to, tls: 'none' as const })
    const listener = { tls: 'none' as const, earlyTalkerDelayMilliseconds: 0 }
    const relay = await meshRelay(
      on,
      'hop1.example',
      { box: ['user@postfix.example'] },
      {
        listeners: [
          { ...listener, name: 'mx', port },
          { ...listener, name: 'local', port: 0, trustedClients: ['127.0.0.1'] },
        ],
        routes: { 'postfix.example': route(postfix.port), 'origin.example': route(home.port) },
      },
    )
    return { relay, home }
  }

  test('success comes back to the sender under the address that it had used, once', async () => {
    const on = await stage()
    const { relay, home } = await withPostfix(on)
    const asked = 'NOTIFY=SUCCESS ORCPT=rfc822;first@hop1.example'
    const { queueId } = await post(on, relay, 'box@hop1.example', 'ENVID=QQ+20314', asked)
    await on.sink.received(1)
    const [report] = await home.received(1)
    const text = textOf(report)
    expect(text).toContain('Original-Envelope-Id: QQ 314\r\n')
    expect(text).toContain('Original-Recipient: rfc822;first@hop1.example\r\n')
    expect(text).toContain(
      'Final-Recipient: rfc822; box@hop1.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n',
    )
    expect(text).not.toContain('postfix.example')
    expect(await verifyReceived(report, on.zone)).toMatchObject({ state: 'pass' })
    expect(storedOf(relay, queueId)?.deliveries[0]).toMatchObject({ successDsn: 'sent', dsn: 'none' })
  })

  test('a delay is passed on to a sender that asked for it', async () => {
    const on = await stage()
    const { relay, home } = await withPostfix(on, { delay_warning_time: '1s' })
    on.sink.always('rcpt', '451 4.2.1 user@postfix.example is busy')
    await post(on, relay, 'box@hop1.example', '', 'NOTIFY=FAILURE,DELAY')
    const [report] = await home.received(1)
    expect(textOf(report)).toContain(
      'Final-Recipient: rfc822; box@hop1.example\r\nAction: delayed\r\nStatus: 4.2.1\r\n',
    )
    expect(textOf(report)).not.toContain('postfix.example')
  })
})
