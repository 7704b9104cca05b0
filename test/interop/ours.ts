/** Our own implementation: the core, used as a relay uses it. */

import { diff } from '../../src/dkim2/diff.ts'
import {
  addHop,
  type Flag,
  prepareHop,
  profiles,
  type Signer,
  SigningError,
  signHop,
  signInput,
  type TxtLookup,
  verifyChain,
} from '../../src/dkim2/index.ts'
import { messageChunks, readMessage } from '../../src/message/message.ts'
import type { Implementation, JoinedKey, SignOrder } from './implementations.ts'
import type { PeerSigned, PeerVerdict, VerifyRequest, Zone } from './peer.ts'

export const ours: Implementation = { name: 'ours', sign: signOurs, verify: verifyOurs }

async function signOurs(order: SignOrder): Promise<PeerSigned> {
  try {
    return { message: await signedMessage(order) }
  } catch (problem) {
    if (problem instanceof SigningError) return { declined: 'error', reason: problem.message }
    throw problem
  }
}

async function signedMessage(order: SignOrder): Promise<Buffer> {
  const message = readMessage(order.message)
  const received = order.received && readMessage(order.received.message)
  const isUnsigned = profiles.get('message-instance')?.isUnsigned
  const recipe = received && diff(message, received, isUnsigned ? { isUnsigned } : {})
  const prepared = await prepareHop(message, {
    profile: 'message-instance',
    alwaysVersion: false,
    ...(recipe ? { recipe } : {}),
    ...(received ? { received } : {}),
    ...(order.hashes ? { hashes: order.hashes } : {}),
  })
  const flags = [...(order.flags ?? []), ...(order.exploded ? ['exploded'] : [])] as readonly Flag[]
  const hop = await signHop(prepared, {
    domain: order.domain,
    ...bare(order),
    timestampSeconds: order.nowSeconds,
    signers: signersOf(order.keys),
    flags,
    ...(order.nonce === undefined ? {} : { nonce: order.nonce }),
    ...(order.nextDomain === undefined ? {} : { nextDomain: order.nextDomain }),
  })
  return Buffer.concat(messageChunks(addHop(message, hop)))
}

function signersOf(keys: readonly JoinedKey[]): readonly Signer[] {
  let group = 0
  return keys.map(({ selector, algorithm, key, join }) => {
    if (join === '|') group += 1
    return { selector, algorithm, group, sign: input => signInput(algorithm, key, input) }
  })
}

async function verifyOurs(request: VerifyRequest): Promise<PeerVerdict> {
  const { state, error } = await verifyChain(readMessage(request.message), {
    lookup: lookupIn(request.zone),
    nowSeconds: request.nowSeconds,
    envelope: bare(request),
  })
  return { state, detail: error ?? '' }
}

function lookupIn(zone: Zone): TxtLookup {
  return name => {
    const records = zone[name]
    if (records === null) return Promise.resolve({ kind: 'temporary', reason: 'server failure' })
    return Promise.resolve(records ? { kind: 'records', records } : { kind: 'absent' })
  }
}

/** Paths without their angle brackets, as the core has them. */
function bare({ reversePath, forwardPaths }: { reversePath: string; forwardPaths: readonly string[] }) {
  return { reversePath: reversePath.slice(1, -1), forwardPaths: forwardPaths.map(path => path.slice(1, -1)) }
}
