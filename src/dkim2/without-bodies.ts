/** A profile for header sections whose bodies are not there: all that speaks of bodies is left out of what is judged. */

import type { Message } from '../message/message.ts'
import { MessageVersion } from './message-version.ts'
import type { Chain, Hashes, Hop, Version } from './model.ts'
import type { WireProfile } from './profile.ts'

const nothing = Buffer.alloc(0)

/** The message with no body, as `withoutBodies` wants it. */
export function headerSection(message: Message): Message {
  return { ...message, body: nothing }
}

/** As `profile`, for messages without their bodies: hashes of header sections are compared, those of bodies count as matching. */
export function withoutBodies(profile: WireProfile): WireProfile {
  return {
    ...profile,
    readChain(message, bounds) {
      const chain = profile.readChain(message, bounds)
      return 'state' in chain ? chain : chainWithoutBodies(chain, message, profile)
    },
  }
}

function chainWithoutBodies(chain: Chain, message: Message, profile: WireProfile): Chain {
  // No recipe touches the body, so every state has this one.
  const empty = new MessageVersion(0, headerSection(message))
  const hashesOf = (hashes: Hashes): Hashes => {
    const { algorithm } = hashes
    const isKnown = algorithm === 'sha256' || algorithm === 'sha512'
    return isKnown ? { ...hashes, body: empty.bodyHash(profile.bodyForm, algorithm) } : hashes
  }
  return {
    hops: chain.hops.map(hopWithoutBody),
    versions: chain.versions.map(version => versionWithoutBody(version, hashesOf)),
  }
}

function versionWithoutBody(version: Version, hashesOf: (hashes: Hashes) => Hashes): Version {
  return {
    ...version,
    hashes: version.hashes.map(hashesOf),
    parts: [],
    changes: { ...version.changes, body: false, unrecoverable: false },
    recipe(count) {
      const recipe = version.recipe(count)
      return recipe && { headers: recipe.headers }
    },
  }
}

function hopWithoutBody(hop: Hop): Hop {
  return { ...hop, signatures: hop.signatures.map(({ bodyHash: _, ...signature }) => signature) }
}
