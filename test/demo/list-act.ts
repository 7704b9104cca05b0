/**
 * Third act: nora@writer.example writes to garden@list.example, a list that puts a tag into the subject and a footer below the
 * text. Who gets a copy can take both away again and sees what Nora had signed.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { explain, explanationText, undo, verifyChain } from '../../src/dkim2/index.ts'
import { fieldValue, lowerAscii, messageChunks, readMessage } from '../../src/message/message.ts'
import { resolverFor } from '../support/resolver.ts'
import { send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { storeList } from '../support/stored-list.ts'
import type { Scene } from './parties.ts'
import { relayFor, sinkFor, verifyReceived } from './parties.ts'

const listAddress = 'garden@list.example'
const author = 'nora@writer.example'
const subscribers = ['ada@readers.example', 'ben@readers.example', 'cleo@readers.example']

const letter = Buffer.from(
  [
    `From: Nora <${author}>`,
    `To: ${listAddress}`,
    'Subject: Tomatoes',
    'Date: Sat, 21 Nov 2026 09:00:00 +0000',
    'Message-ID: <tomatoes@writer.example>',
    '',
    'Mine are ripe. Who wants some?',
    '',
    'Nora',
    '',
  ].join('\r\n'),
)

export async function listAct(scene: Scene): Promise<void> {
  const { narrator } = scene
  narrator.chapter('A list between writer.example and readers.example')
  const writer = await relayFor(scene, 'writer.example', { domains: { 'writer.example': {} } })
  await makeList(scene)
  await relayFor(scene, 'list.example', { domains: { 'list.example': {} } })
  const sink = await sinkFor(scene, 'readers.example')

  narrator.chapter(`${author} writes to ${listAddress}`)
  const mail = { from: author, to: [listAddress], octets: letter }
  const { data } = await send(writer.port('local'), mail)
  narrator.event('nora', `her relay says: ${data}`)
  const received = await sink.received(subscribers.length)
  for (const { reversePath, forwardPaths } of received) {
    narrator.event('mx.readers.example', `received <${reversePath}> to <${forwardPaths}>`)
  }
  const people = received.flatMap(copy => copy.forwardPaths).toSorted()
  narrator.check('every subscriber got one copy', people.join() === subscribers.join())
  for (const copy of received) await judge(copy, scene)
  await takeBack(received[0], scene)
}

/** As `lists create` and `lists import` do it, before the relay starts. */
async function makeList({ folder, narrator }: Scene): Promise<void> {
  const data = join(folder, 'list.example', 'data')
  await mkdir(data, { recursive: true, mode: 0o700 })
  storeList(join(data, 'relay.sqlite'), {
    address: listAddress,
    subscribers,
    settings: {
      title: 'Garden',
      subjectTag: '[garden]',
      footer: { text: '_____\nThe garden list. You may leave at any time.' },
    },
  })
  narrator.event(
    'relay.list.example',
    `has the list ${listAddress} with ${subscribers.length} subscribers (i=2)`,
  )
}

async function judge(copy: SinkMessage, scene: Scene): Promise<void> {
  const { verdict } = await verifyReceived(copy, scene)
  const hops = verdict.hops.map(hop => `i=${hop.sequence} ${hop.domain} ${hop.state}`).join(', ')
  scene.narrator.check(
    `the copy for ${copy.forwardPaths}: ${verdict.state} (${hops})`,
    verdict.state === 'pass' && verdict.hops.at(-1)?.forwardPaths.join() === copy.forwardPaths.join(),
  )
}

async function takeBack(copy: SinkMessage | undefined, scene: Scene): Promise<void> {
  const { narrator } = scene
  if (copy === undefined) throw new Error('nothing was received')
  const { message, verdict } = await verifyReceived(copy, scene)
  narrator.chapter(`What ${copy.forwardPaths} reads`)
  narrator.block(`Subject: ${subjectOf(copy.octets)}\n\n${message.body.toString('latin1')}`)
  narrator.block(explanationText(explain(message, verdict)))

  narrator.chapter('The same with what the list did undone')
  const undone = undo(message, 1)
  if (undone.kind !== 'undone') throw new Error('the recipe of the list does not lead back')
  const octets = Buffer.concat(messageChunks(undone.message))
  narrator.block(`Subject: ${subjectOf(octets)}\n\n${undone.message.body.toString('latin1')}`)
  const before = readMessage(letter)
  narrator.check('the body is what Nora wrote, octet for octet', undone.message.body.equals(before.body))
  narrator.check('the subject is what Nora wrote', subjectOf(octets) === subjectOf(letter))
  const resolver = resolverFor([scene.dns])
  const first = await verifyChain(undone.message, {
    envelope: { reversePath: author, forwardPaths: [listAddress] },
    lookup: name => resolver.txt(name),
    nowSeconds: Math.floor(Date.now() / 1000),
  })
  narrator.check(
    `it is what writer.example signed: ${first.state}`,
    first.state === 'pass' && first.hops.length === 1,
  )
}

function subjectOf(octets: Buffer): string {
  const field = readMessage(octets).fields.find(one => lowerAscii(one.name) === 'subject')
  return field === undefined ? '' : fieldValue(field)
}
