/**
 * Putting the DKIM2 fields of a message in order, in whatever order they stand on the wire.
 * draft-ietf-dkim-dkim2-spec-06 sections 7.1, 8.1, 8.2 and 11.2.
 */

import type { Chain, Hop, Version } from './model.ts'
import { type Failure, signatureFailure, versionFailure } from './verdict.ts'

/** How a profile names its fields in text. */
export interface ChainNames {
  /** `MailVersion v=3` */
  versionLabel(number: number): string
  /** The tag that numbers versions: v, m. */
  readonly versionTag: string
  /** The tag of a signature that names the highest version: mv, m. */
  readonly hopVersionTag: string
}

/**
 * Orders hops and versions and checks that none is missing, none is there twice, and that they fit each other.
 *
 * @returns the first thing that is wrong: gaps, then versions that a hop names, then versions that no hop has signed
 */
export function assembleChain(
  hops: readonly Hop[],
  versions: readonly Version[],
  names: ChainNames,
): Chain | Failure {
  const chain: Chain = {
    hops: hops.toSorted((a, b) => a.sequence - b.sequence),
    versions: versions.toSorted((a, b) => a.number - b.number),
  }
  return versionGap(chain, names) ?? hopGap(chain) ?? hopVersions(chain, names) ?? chain
}

function versionGap(chain: Chain, names: ChainNames): Failure | undefined {
  for (const [index, version] of chain.versions.entries()) {
    if (version.number > index + 1) return versionFailure.missing(names.versionLabel(index + 1))
    if (version.number <= index) {
      return versionFailure.tagUnexpected(names.versionLabel(version.number), names.versionTag)
    }
  }
  return undefined
}

function hopGap(chain: Chain): Failure | undefined {
  for (const [index, hop] of chain.hops.entries()) {
    if (hop.sequence > index + 1) return signatureFailure.missing(index + 1)
    if (hop.sequence <= index) return signatureFailure.tagUnexpected(hop.sequence, 'i')
  }
  return undefined
}

/** Versions are never taken away, so that what a hop names can only grow from hop to hop. */
function hopVersions(chain: Chain, names: ChainNames): Failure | undefined {
  let signed = 0
  for (const hop of chain.hops) {
    if (hop.version > chain.versions.length) return versionFailure.missing(names.versionLabel(hop.version))
    if (hop.version < signed) return signatureFailure.tagUnexpected(hop.sequence, names.hopVersionTag)
    signed = hop.version
  }
  const highest = chain.versions.length
  return highest > signed ? versionFailure.notSigned(names.versionLabel(highest)) : undefined
}
