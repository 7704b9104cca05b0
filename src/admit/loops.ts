/**
 * Mail that goes in circles (RFC 5321 section 6.3). Three signs, all cheap: a trace field of this relay for the very recipient
 * that the message comes to now, a chain of custody in which an earlier hop had already been sent to that recipient, and too many
 * trace fields, of this relay or of anybody.
 */
import type { HopVerdict } from '../dkim2/index.ts'
import { foldedAddress } from '../message/mailbox.ts'
import { fieldValue, type HeaderField, lowerAscii, type Message } from '../message/message.ts'

export interface LoopBounds {
  readonly maxReceivedFields: number
  /** Those that this relay wrote. */
  readonly maxOwnReceivedFields: number
  readonly maxHops: number
  /** Of this relay, as its Received fields have it. */
  readonly hostname: string
}

/**
 * Says why a message is taken for a loop, or undefined.
 *
 * @param recipients forward-paths of the transaction
 */
export function findLoop(
  message: Message,
  hops: readonly HopVerdict[],
  recipients: readonly string[],
  bounds: LoopBounds,
): string | undefined {
  const received = message.fields.filter(field => lowerAscii(field.name) === 'received')
  if (received.length > bounds.maxReceivedFields) {
    return `mail loop: ${received.length} Received fields, at most ${bounds.maxReceivedFields} are taken`
  }
  const passed = beenReceivedHere(received, recipients, bounds)
  if (passed !== undefined) return passed
  if (hops.length >= bounds.maxHops)
    return `mail loop: ${hops.length} DKIM2 hops, at most ${bounds.maxHops} fit`
  return alreadyBeenHere(hops, recipients)
}

/** Trace fields that this relay wrote (receive/received-field): that it had the message before, and perhaps for whom. */
function beenReceivedHere(
  received: readonly HeaderField[],
  recipients: readonly string[],
  { hostname, maxOwnReceivedFields }: LoopBounds,
): string | undefined {
  const own = received.map(fieldValue).filter(value => isReceivedBy(value, hostname))
  if (own.length > maxOwnReceivedFields) return `mail loop: ${hostname} has received it ${own.length} times`
  const named = new Set(own.map(value => foldedAddress(recipientIn(value))))
  const again = recipients.find(recipient => named.has(foldedAddress(recipient)))
  return again === undefined ? undefined : `mail loop: ${hostname} has received it for ${again} already`
}

/** The words of a client, in `from` and in comments, come before those of the server. */
function isReceivedBy(value: string, hostname: string): boolean {
  const said = [...value.matchAll(/(?:^|[ \t)])by[ \t]+([^\s();]+)/gi)].at(-1)?.[1]
  return said !== undefined && lowerAscii(said) === hostname
}

/** The address in the `for` clause (RFC 5321 section 4.4) with its UTF-8 read (RFC 6531 section 3.7.3); empty where there is none. */
function recipientIn(value: string): string {
  const path = /[ \t]for[ \t]+<([^<>]{1,320})>[^<>]*$/i.exec(value)?.[1] ?? ''
  return Buffer.from(path, 'latin1').toString()
}

/** The highest hop led here; any lower one that named the same recipient means that it has been here before. */
function alreadyBeenHere(hops: readonly HopVerdict[], recipients: readonly string[]): string | undefined {
  const highest = Math.max(0, ...hops.map(hop => hop.sequence))
  for (const hop of hops) {
    if (hop.sequence === highest) continue
    const again = recipients.find(recipient => hop.forwardPaths.some(path => sameAddress(path, recipient)))
    if (again !== undefined) return `mail loop: hop i=${hop.sequence} had been sent to ${again} already`
  }
  return undefined
}

function sameAddress(a: string, b: string): boolean {
  return foldedAddress(a) === foldedAddress(b)
}
