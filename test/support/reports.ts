/** Reports as hosts of today make them, and what stands in those that arrive. */
import type { MeshRelay } from './mesh.ts'
import { meshRelay } from './mesh.ts'
import { plainMessage, send } from './send.ts'
import type { SinkMessage } from './sink.ts'
import type { Stage } from './stage.ts'

export interface PlainReport {
  /** The returned part below its boundary: header fields, an empty line, content. Default: the copy as `message/rfc822`. */
  readonly returned?: string | undefined
  /** Default: one recipient with a full mailbox. */
  readonly status?: readonly string[]
}

const fullMailbox = [
  'Final-Recipient: rfc822; one@destination.example',
  'Action: failed',
  'Status: 5.2.2',
  'Remote-MTA: dns; store.destination.example',
  'Diagnostic-Code: smtp; 552 5.2.2 mailbox one@destination.example is full on store.destination.example',
]

/** A report about a copy, not signed; latin1 text becomes octets. */
export function plainReport(copy: SinkMessage, { returned, status = fullMailbox }: PlainReport = {}): Buffer {
  const lines = [
    'From: MAILER-DAEMON@mx.destination.example',
    `To: ${copy.reversePath}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="plain"',
    '',
    '--plain',
    'Content-Type: text/plain',
    '',
    'I could not deliver to one@destination.example.',
    '--plain',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.destination.example',
    '',
    ...status,
    '',
    '--plain',
    returned ?? wholeMessage(textOf(copy)),
    '--plain--',
    '',
  ]
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

/** A returned message as a part. */
export function wholeMessage(text: string): string {
  return `Content-Type: message/rfc822\r\n\r\n${text}`
}

/** The octets of a message as latin1 text. */
export function textOf(message: SinkMessage | undefined): string {
  return message?.octets.toString('latin1') ?? ''
}

/** What a report returns: the content of its first part of this type. */
export function returnedIn(message: SinkMessage | undefined, type = 'message/rfc822'): string {
  const text = textOf(message)
  const part = text.slice(text.indexOf(`Content-Type: ${type}`))
  const boundary = /boundary="?([^"\s;]+)/.exec(text)?.[1] ?? ''
  return part.slice(part.indexOf('\r\n\r\n') + 4, part.lastIndexOf(`\r\n--${boundary}`))
}

/** A relay that has forwarded a message to a sink which took it, so that a bounce can come. */
export interface Forwarded {
  readonly relay: MeshRelay
  /** With the bounce address as its reverse-path. */
  readonly copy: SinkMessage
  readonly queueId: string
}

/** hop1.example forwards to one@destination.example; reports to a@origin.example arrive at the sink too. */
export async function forwarded(on: Stage, config = {}, octets = plainMessage()): Promise<Forwarded> {
  await meshRelay(on, 'origin.example', { a: ['home@destination.example'] })
  const relay = await meshRelay(on, 'hop1.example', { box: ['one@destination.example'] }, config)
  const envelope = { from: 'a@origin.example', to: ['box@hop1.example'] }
  const signed = await on.origin.sign(octets, envelope)
  const { queueId } = await send(relay.localPort, { ...envelope, octets: signed })
  const [copy] = await on.sink.received(1)
  if (copy === undefined) throw new Error('nothing received')
  return { relay, copy, queueId }
}
