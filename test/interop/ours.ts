/** Our own implementation: the core, used as a relay uses it. */

import { diff } from '../../src/dkim2/diff.ts'
import {
  addHop,
  type Flag,
  prepareHop,
  profileSource,
  type Revision,
  type Signer,
  SigningError,
  type SigningObstacle,
  signHop,
  signInput,
  type TxtLookup,
  verifyChain,
} from '../../src/dkim2/index.ts'
import { messageChunks, readMessage } from '../../src/message/message.ts'
import type { Implementation, JoinedKey, SignOrder } from './implementations.ts'
import type { PeerSigned, PeerVerdict, VerifyRequest, Zone } from './peer.ts'

/** Our implementation by one revision of the draft. */
export function oursUnder(revision: Revision): Implementation {
  return {
    name: revision === '09' ? 'ours' : `ours under ${revision}`,
    sign: order => signOurs(order, revision),
    verify: request => verifyOurs(request, revision),
  }
}

export const ours = oursUnder('09')

/** What a revision does not have, as opposed to what nobody may do. */
const unsupported: ReadonlySet<SigningObstacle> = new Set(['signers unsuitable', 'recipe inexpressible'])

async function signOurs(order: SignOrder, revision: Revision): Promise<PeerSigned> {
  try {
    return { message: await signedMessage(order, revision) }
  } catch (problem) {
    if (!(problem instanceof SigningError)) throw problem
    const declined = unsupported.has(problem.obstacle) ? 'unsupported' : 'error'
    return { declined, reason: problem.message }
  }
}

async function signedMessage(order: SignOrder, revision: Revision): Promise<Buffer> {
  const message = readMessage(order.message)
  const received = order.received && readMessage(order.received.message)
  const { isUnsigned } = profileSource({ revision })('message-instance')
  const recipe = received && diff(message, received, { isUnsigned })
  const prepared = await prepareHop(message, {
    profile: 'message-instance',
    revision,
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

async function verifyOurs(request: VerifyRequest, revision: Revision): Promise<PeerVerdict> {
  const { state, error } = await verifyChain(readMessage(request.message), {
    lookup: lookupIn(request.zone),
    nowSeconds: request.nowSeconds,
    envelope: bare(request),
    revision,
  })
  return { state, detail: error ?? '' }
}

/** The records of a request. */
export function lookupIn(zone: Zone): TxtLookup {
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
