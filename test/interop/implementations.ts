/** The implementations that sign and verify for each other, behind one interface. */

import { addInstance, addSignature } from './forge.ts'
import { forgeRecipe } from './forge-recipe.ts'
import { type KeyAlgorithm, type PartyKey, partyKey, pemOf } from './keys.ts'
import type { Paths, Peer, PeerSigned, PeerVerdict, SignRequest, VerifyRequest } from './peer.ts'

export interface JoinedKey extends PartyKey {
  /** How it joins the key before it. */
  readonly join?: ',' | '|'
}

export type SignOrder = Omit<SignRequest, 'keys'> & { readonly keys: readonly JoinedKey[] }

export interface Implementation {
  readonly name: string
  sign(order: SignOrder): Promise<PeerSigned>
  verify(request: VerifyRequest): Promise<PeerVerdict>
  /** Judges a delivery status notification, where the implementation has such a judge. */
  judgeReport?(request: VerifyRequest): Promise<PeerVerdict>
}

/** A live peer. */
export function peerImplementation(name: string, peer: Peer): Implementation {
  return {
    name,
    sign: order =>
      peer.sign({
        ...order,
        keys: order.keys.map(key => ({
          selector: key.selector,
          algorithm: key.algorithm,
          pem: pemOf(key),
          ...(key.join ? { join: key.join } : {}),
        })),
      }),
    verify: request => peer.verify(request),
    judgeReport: request => peer.judgeReport(request),
  }
}

/** The forge as a signer: the wire document written down a second time, with recipes of the simplest kind. */
export const forge: Implementation = {
  name: 'forge',
  sign: order => Promise.resolve({ message: forgeHop(order) }),
  verify: () => Promise.resolve({ declined: 'unsupported', reason: 'the forge only signs' }),
}

function forgeHop(order: SignOrder): Buffer {
  const recipe = order.received && forgeRecipe(order.received.message, order.message)
  const changed = recipe !== undefined || order.received === undefined
  const hashes = order.hashes ? { hashes: order.hashes } : {}
  const versioned = changed
    ? addInstance(order.message, { ...hashes, ...(recipe ? { recipe } : {}) })
    : order.message
  const flags = [...(order.flags ?? []), ...(order.exploded && order.received ? ['exploded'] : [])]
  return addSignature(versioned, {
    time: order.nowSeconds,
    reversePath: order.reversePath,
    forwardPaths: order.forwardPaths,
    domain: order.domain,
    keys: order.keys,
    join: order.keys
      .slice(1)
      .map(({ join }) => join ?? '|')
      .join(''),
    tags: {
      f: flags.length > 0 ? flags.join(',') : null,
      n: order.nonce ?? null,
      ...(order.nextDomain === undefined ? {} : { mf: null, rt: null, nd: order.nextDomain }),
    },
  })
}

const algorithmOf: Readonly<Record<string, KeyAlgorithm>> = {
  ed: 'ed25519-sha256',
  rsa: 'rsa-sha256',
  ml: 'mldsa44',
}

/** The keys of a plan such as `ml|ed,rsa`. */
export function plannedKeys(domain: string, plan: string): readonly JoinedKey[] {
  return [...plan.matchAll(/([,|]?)(\w+)/g)].map(([, join, selector]) => {
    const algorithm = algorithmOf[selector ?? '']
    if (!algorithm) throw new RangeError(`no key is called ${selector}`)
    const key = partyKey(domain, algorithm)
    return join === ',' || join === '|' ? { ...key, join } : key
  })
}

/** The same paths, whatever else the object holds. */
export function pathsOf({ reversePath, forwardPaths }: Paths): Paths {
  return { reversePath, forwardPaths }
}
