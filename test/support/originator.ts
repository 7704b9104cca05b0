/** Signs messages at i=1 for a domain whose keys the test publishes: the hop before the relay. */
import { generateKeyPairSync } from 'node:crypto'
import { diff } from '../../src/dkim2/diff.ts'
import type { Flag, ProfileId } from '../../src/dkim2/index.ts'
import { keyRecordText, prepareHop, signHop } from '../../src/dkim2/index.ts'
import { type Message, messageChunks, prependFields, readMessage } from '../../src/message/message.ts'
import { keySigner } from '../../src/sign/signer.ts'
import type { OpenZone } from './test-relay.ts'
import { publishKeys } from './test-relay.ts'

export interface Originator {
  /** The message with its first hop on top. */
  sign(
    octets: Buffer,
    envelope: { readonly from: string; readonly to: readonly string[] },
    profile?: ProfileId,
    flags?: readonly Flag[],
    /** The message as it was received, where this is a hop that has changed it. */
    received?: Buffer,
    /** Unix seconds; default now. */
    timestampSeconds?: number,
  ): Promise<Buffer>
}

export function originator(zone: OpenZone, domain = 'origin.example'): Originator {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signer = keySigner('test', 'ed25519-sha256', privateKey)
  publishKeys(zone, { [domain]: { 'test._domainkey': [['txt', keyRecordText(publicKey)]] } })
  return {
    async sign(octets, { from, to }, profile = 'mailversion', flags = [], received, timestampSeconds) {
      const message = readMessage(octets)
      const prepared = await prepareHop(message, {
        profile,
        alwaysVersion: true,
        ...(received !== undefined && changesSince(message, readMessage(received))),
      })
      const hop = await signHop(prepared, {
        domain,
        reversePath: from,
        forwardPaths: to,
        timestampSeconds: timestampSeconds ?? Math.floor(Date.now() / 1000),
        signers: [signer],
        flags,
      })
      return Buffer.concat(messageChunks(prependFields(message, hop.fields)))
    },
  }
}

function changesSince(message: Message, received: Message) {
  const recipe = diff(message, received)
  return recipe === undefined ? { received } : { received, recipe }
}
