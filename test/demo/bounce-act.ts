/** Second act: three relays in a row; the last recipient is refused, and the report returns hop by hop to who wrote. */
import { verifyChain } from '../../src/dkim2/index.ts'
import { readMessage } from '../../src/message/message.ts'
import { resolverFor } from '../support/resolver.ts'
import { send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import type { Scene } from './parties.ts'
import { relayFor, sinkFor, verifyReceived } from './parties.ts'

const letter = Buffer.from(
  [
    'From: Ben <ben@author.example>',
    'To: crew@first.example',
    'Subject: The minutes',
    'Date: Fri, 20 Nov 2026 11:00:00 +0000',
    'Message-ID: <minutes@author.example>',
    '',
    'Here are the minutes.',
    '',
  ].join('\r\n'),
)

/** What beyond the first hop must never be told to the author. */
const secrets = ['second.example', 'gone@last.example', 'mx.last.example']

export async function bounceAct(scene: Scene): Promise<void> {
  const { narrator } = scene
  narrator.chapter('Three relays in a row, and an address at the end that does not exist')
  const author = await relayFor(scene, 'author.example', {
    domains: { 'author.example': { aliases: { ben: ['ben@last.example'] } } },
  })
  await relayFor(scene, 'first.example', {
    domains: { 'first.example': { aliases: { crew: ['crew@second.example'] } } },
  })
  await relayFor(scene, 'second.example', {
    domains: { 'second.example': { aliases: { crew: ['gone@last.example'] } } },
  })
  const sink = await sinkFor(scene, 'last.example')
  sink.always('rcpt', async ({ line }) =>
    line.includes('gone@') ? '550 5.1.1 no such user gone@last.example' : undefined,
  )
  narrator.event('mx.last.example', 'refuses gone@last.example, and takes mail for ben@last.example')

  narrator.chapter('ben@author.example writes to crew@first.example')
  const mail = { from: 'ben@author.example', to: ['crew@first.example'], octets: letter }
  const { data } = await send(author.port('local'), mail)
  narrator.event('ben', `his relay says: ${data}`)
  const [report] = await sink.received(1)
  if (report === undefined) throw new Error('no report came back')
  narrator.event(
    'mx.last.example',
    `received <${report.reversePath}> to <${report.forwardPaths}>: the report, for Ben`,
  )
  await judge(report, scene)
}

async function judge(report: SinkMessage, scene: Scene): Promise<void> {
  const { narrator } = scene
  const text = report.octets.toString('latin1')
  const returned = returnedMessage(text)
  narrator.chapter('What Ben is told')
  narrator.block(
    text.slice(text.indexOf('This is the mail system'), text.indexOf('Content-Type: message/rfc822')),
  )
  const { verdict } = await verifyReceived(report, scene)
  const hops = verdict.hops.map(hop => `i=${hop.sequence} ${hop.domain} ${hop.state}`).join(', ')
  narrator.check(`the report: ${verdict.state} (${hops})`, verdict.state === 'pass')
  narrator.check(
    'it is about the address that Ben had used',
    text.includes('Final-Recipient: rfc822; crew@first.example'),
  )
  narrator.check(
    'it names nothing from beyond the first hop',
    secrets.every(secret => !text.includes(secret)),
  )
  const state = await stateOf(returned, scene)
  narrator.check(`the returned message verifies as author.example had sent it: ${state}`, state === 'pass')
  narrator.check('and is what Ben wrote, octet for octet', returned.endsWith(letter.toString('latin1')))
}

function returnedMessage(text: string): string {
  const part = text.slice(text.indexOf('Content-Type: message/rfc822'))
  return part.slice(part.indexOf('\r\n\r\n') + 4, part.lastIndexOf('\r\n--report-'))
}

async function stateOf(returned: string, scene: Scene): Promise<string> {
  const resolver = resolverFor([scene.dns])
  const verdict = await verifyChain(readMessage(Buffer.from(returned, 'latin1')), {
    lookup: name => resolver.txt(name),
    nowSeconds: Math.floor(Date.now() / 1000),
  })
  return verdict.state
}
