/** Verification as the receiver does it, for the envelope in which the message came. */
import type { Verdict } from '../../src/dkim2/index.ts'
import { verifyChain } from '../../src/dkim2/index.ts'
import { zoneResolver } from '../../src/dns/zone-resolver.ts'
import { readMessage } from '../../src/message/message.ts'
import type { SinkMessage } from './sink.ts'
import type { OpenZone } from './test-relay.ts'

export function verifyReceived(message: SinkMessage | undefined, zone: OpenZone): Promise<Verdict> {
  if (message === undefined) throw new Error('nothing received')
  return verifyOctets(message.octets, zone, message)
}

/** Without an envelope only what the message says of itself is verified. */
export function verifyOctets(
  octets: Buffer,
  zone: OpenZone,
  envelope?: { readonly reversePath: string; readonly forwardPaths: readonly string[] },
): Promise<Verdict> {
  return verifyChain(readMessage(octets), {
    ...(envelope === undefined ? {} : { envelope }),
    lookup: name => zoneResolver(zone).txt(name),
    nowSeconds: Math.floor(Date.now() / 1000),
  })
}
