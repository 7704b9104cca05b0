/** First act: origin.example writes to team@alias.example, an alias for two addresses at destination.example. */
import { explain, explanationText } from '../../src/dkim2/index.ts'
import { hopRecord } from '../../src/hoplog/record.ts'
import { hopRecordText } from '../../src/hoplog/text.ts'
import { messageChunks, readMessage } from '../../src/message/message.ts'
import { openReader } from '../support/database-beside.ts'
import { send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import type { DemoRelay, Scene } from './parties.ts'
import { relayFor, sinkFor, verifyReceived } from './parties.ts'

const recipients = ['first@destination.example', 'second@destination.example']

const letter = Buffer.from(
  [
    'From: Anna <anna@origin.example>',
    'To: team@alias.example',
    'Subject: Lunch on Friday?',
    'Date: Fri, 20 Nov 2026 10:00:00 +0000',
    'Message-ID: <lunch@origin.example>',
    '',
    'Hello team,',
    '',
    'lunch on Friday?',
    '',
    'Anna',
    '',
  ].join('\r\n'),
)

export async function aliasAct(scene: Scene): Promise<void> {
  const { narrator } = scene
  narrator.chapter('Three parties start, each with keys and records of its own')
  const origin = await relayFor(scene, 'origin.example', { domains: { 'origin.example': {} } })
  narrator.event('relay.origin.example', 'signs what its own users send (i=1)')
  const alias = await relayFor(scene, 'alias.example', {
    domains: { 'alias.example': { aliases: { team: recipients } } },
  })
  narrator.event('relay.alias.example', `forwards team@alias.example to ${recipients.join(' and ')} (i=2)`)
  const sink = await sinkFor(scene, 'destination.example')
  narrator.event('mx.destination.example', 'receives, and verifies what it gets')
  narrator.tell(
    `A name server at ${scene.dns.address} answers for all of them: keys, SRV _smtp-tls._tcp, addresses.`,
  )

  narrator.chapter('anna@origin.example sends a message to team@alias.example')
  const mail = { from: 'anna@origin.example', to: ['team@alias.example'], octets: letter }
  const { data } = await send(origin.port('local'), mail)
  narrator.event('anna', `her relay says: ${data}`)
  const received = await sink.received(recipients.length)
  for (const message of received) {
    narrator.event('mx.destination.example', `received <${message.reversePath}> to <${message.forwardPaths}>`)
  }

  narrator.chapter('What destination.example finds out')
  for (const message of received) await judge(message, scene)
  narrator.check(
    'each recipient got one copy',
    sameSet(
      received.flatMap(message => message.forwardPaths),
      recipients,
    ),
  )
  narrator.check(
    'every copy has a bounce address of its own',
    new Set(received.map(message => message.reversePath)).size === received.length,
  )

  await showFirst(received, scene)
  await showHopLog(alias, scene)
}

async function judge(received: SinkMessage, scene: Scene): Promise<void> {
  const { message, verdict } = await verifyReceived(received, scene)
  const hops = verdict.hops.map(hop => `i=${hop.sequence} ${hop.domain} ${hop.state}`).join(', ')
  scene.narrator.check(
    `the copy for ${received.forwardPaths}: ${verdict.state} (${hops})`,
    verdict.state === 'pass' && verdict.hops.length === 2,
  )
  const whole = Buffer.concat(messageChunks(message))
  scene.narrator.check(
    'below the added fields it is what Anna wrote, octet for octet',
    whole.subarray(-letter.length).equals(letter),
  )
}

async function showFirst(received: readonly SinkMessage[], scene: Scene): Promise<void> {
  const [first] = received
  if (first === undefined) throw new Error('nothing was received')
  const { message, verdict } = await verifyReceived(first, scene)
  scene.narrator.chapter(`The header fields of the copy for ${first.forwardPaths}`)
  scene.narrator.block(
    readMessage(first.octets)
      .fields.map(field => field.octets.toString('latin1'))
      .join(''),
  )
  scene.narrator.chapter('The same, explained')
  scene.narrator.block(explanationText(explain(message, verdict)))
}

async function showHopLog(alias: DemoRelay, scene: Scene): Promise<void> {
  scene.narrator.chapter('The hop log of relay.alias.example')
  // What is under way is written down before the relay stops, and then the log is complete.
  await alias.relay.stop()
  const reader = openReader(alias.database)
  const [summary] = reader.listMessages({ limit: 1 })
  const history = summary === undefined ? undefined : reader.showMessage(summary.queueId)
  reader.close()
  if (history !== undefined) scene.narrator.block(hopRecordText(hopRecord(history)))
  const states = history?.deliveries.map(delivery => delivery.state) ?? []
  scene.narrator.check(
    'the hop log has both deliveries as delivered',
    states.length === 2 && states.every(state => state === 'delivered'),
  )
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a.toSorted()) === JSON.stringify(b.toSorted())
}
