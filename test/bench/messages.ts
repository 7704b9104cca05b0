/** The messages of the bench: all different, of an exact size, signed by their originator before the clock runs. */
import { createHash, createPrivateKey } from 'node:crypto'
import { prepareHop, signHop } from '../../src/dkim2/sign.ts'
import type { Signer } from '../../src/dkim2/signer.ts'
import { messageChunks, prependFields, readMessage } from '../../src/message/message.ts'
import { keySigner } from '../../src/sign/signer.ts'

/** What the messages of a pool have in common. */
export interface MessageKind {
  /** Size of a message in octets before it is signed. */
  readonly sizeBytes: number
  /** Whether it carries the hop i=1 of origin.example. */
  readonly isSigned: boolean
  readonly recipient: string
  /** Unix seconds; t= of the signatures. */
  readonly timestampSeconds: number
  /** Private key of origin.example in PEM. */
  readonly key: string
}

export const originDomain = 'origin.example'
export const originSelector = 'ed'
export const reversePath = `sender@${originDomain}`

/** From this size on a message has an attachment, as messages of that size have; below it is plain text. */
const attachmentFromBytes = 16_384
const lineCharacters = 76

/**
 * A message in the form in which it goes over the wire: final dot included; no line begins with a dot.
 *
 * @param number makes it different from all others of its kind
 */
export async function benchMessage(number: number, kind: MessageKind): Promise<Buffer> {
  const octets = Buffer.from(messageText(number, kind.sizeBytes, kind.recipient), 'latin1')
  const chunks = kind.isSigned ? await signed(octets, kind, signerOf(kind)) : [octets]
  return Buffer.concat([...chunks, Buffer.from('.\r\n')])
}

function signerOf({ key }: MessageKind): Signer {
  return keySigner(originSelector, 'ed25519-sha256', createPrivateKey(key))
}

async function signed(octets: Buffer, order: MessageKind, signer: Signer): Promise<Buffer[]> {
  const message = readMessage(octets)
  const prepared = await prepareHop(message, { profile: 'mailversion', alwaysVersion: true })
  const { fields } = await signHop(prepared, {
    domain: originDomain,
    reversePath,
    forwardPaths: [order.recipient],
    timestampSeconds: order.timestampSeconds,
    signers: [signer],
  })
  return messageChunks(prependFields(message, fields))
}

/** A message of exactly this size in octets. */
function messageText(number: number, sizeBytes: number, recipient: string): string {
  const hasAttachment = sizeBytes >= attachmentFromBytes
  const head = header(number, recipient, hasAttachment ? 'multipart/mixed; boundary=bench' : 'text/plain')
  if (!hasAttachment) return head + filling(number, sizeBytes - head.length)
  const first = `--bench\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${filling(number, 1024)}`
  const second =
    '--bench\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n'
  const end = '--bench--\r\n'
  const used = head.length + first.length + second.length + end.length
  return head + first + second + filling(number, sizeBytes - used) + end
}

function header(number: number, recipient: string, contentType: string): string {
  return [
    `Received: from desk.${originDomain} (desk.${originDomain} [192.0.2.1]) by mail.${originDomain} with ESMTPS id ${number};`,
    '\tThu, 20 Nov 2025 10:00:00 +0000',
    `From: Sender <${reversePath}>`,
    `To: Team <${recipient}>`,
    `Subject: Report number ${number} of the day`,
    'Date: Thu, 20 Nov 2025 10:00:00 +0000',
    `Message-ID: <report-${number}@${originDomain}>`,
    'MIME-Version: 1.0',
    `Content-Type: ${contentType}`,
    '',
    '',
  ].join('\r\n')
}

/** Lines of base64 of this size with their ends, different for each number. */
function filling(number: number, sizeBytes: number): string {
  const seed = createHash('sha512').update(`${number}`).digest('base64').slice(0, lineCharacters)
  const line = `${seed}\r\n`
  const lines = line.repeat(Math.floor((sizeBytes - 2) / line.length))
  const rest = sizeBytes - lines.length
  return `${lines}${seed.slice(0, rest - 2)}\r\n`
}
