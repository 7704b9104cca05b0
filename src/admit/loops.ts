/**
 * Mail that goes in circles (RFC 5321 section 6.3). Two signs, both cheap: too many trace fields, and a chain of custody
 * in which an earlier hop had already been sent to the recipient that it comes to now.
 */
import type { HopVerdict } from '../dkim2/index.ts'
import { foldedAddress } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'

export interface LoopBounds {
  readonly maxReceivedFields: number
  readonly maxHops: number
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
  const received = message.fields.filter(field => field.name.toLowerCase() === 'received').length
  if (received > bounds.maxReceivedFields) {
    return `mail loop: ${received} Received fields, at most ${bounds.maxReceivedFields} are taken`
  }
  if (hops.length >= bounds.maxHops)
    return `mail loop: ${hops.length} DKIM2 hops, at most ${bounds.maxHops} fit`
  return alreadyBeenHere(hops, recipients)
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
