/** The hashes that versions and hops state, against the rebuilt message. draft-ietf-dkim-dkim2-spec-06 section 11.7. */

import type { MimeBounds } from '../message/mime-parts.ts'
import { allOf, anyOf, grouped } from './groups.ts'
import type { BodyForm, HashAlgorithm, MessageVersion } from './message-version.ts'
import type { Hashes, Hop, Version } from './model.ts'
import type { WireProfile } from './profile.ts'
import { type Failure, signatureFailure, versionFailure } from './verdict.ts'

/**
 * The first hash of a version that does not match.
 *
 * @param state the message at that version
 * @param sequence of the hop that a failure is attributed to
 */
export async function checkVersionHashes(
  state: MessageVersion,
  version: Version,
  profile: WireProfile,
  sequence: number | undefined,
  bounds: MimeBounds,
): Promise<Failure | undefined> {
  const failure = checkWholeHashes(state, version, profile, sequence)
  if (failure) return failure
  const part = await differingPart(state, version, bounds)
  const label = profile.hashLabel(version.number)
  return part === undefined ? undefined : versionFailure.partHash(label, part, 'sha256', sequence)
}

/** The hashes of header section and body. */
export function checkWholeHashes(
  state: MessageVersion,
  version: Version,
  profile: WireProfile,
  sequence?: number,
): Failure | undefined {
  const ignored = profile.groups.unknownAlgorithms === 'ignored'
  const known = version.hashes.filter(({ algorithm }) => isHashAlgorithm(algorithm))
  const counted = ignored && known.length > 0 ? known : version.hashes
  const outcomes = grouped(counted).map(group => {
    const failures = group.map(hashes => checkHashes(state, hashes, version.number, profile, sequence))
    return allOf(
      failures.filter(failure => failure !== undefined),
      profile.groups,
    )
  })
  return anyOf(outcomes, versionFailure.noHashGroup(profile.hashLabel(version.number), sequence))
}

function checkHashes(
  state: MessageVersion,
  { algorithm, header, body }: Hashes,
  version: number,
  profile: WireProfile,
  sequence: number | undefined,
): Failure | undefined {
  if (!isHashAlgorithm(algorithm)) {
    return versionFailure.unknownHash(profile.versionLabel(version), algorithm, sequence)
  }
  const label = profile.hashLabel(version)
  if (header && !header.equals(state.headerHash(profile.isUnsigned, algorithm))) {
    return versionFailure.headerHash(label, algorithm, sequence)
  }
  return body.equals(state.bodyHash(profile.bodyForm, algorithm))
    ? undefined
    : versionFailure.bodyHash(label, algorithm, sequence)
}

/** The number of the first part whose content is not what the version says, or that is not there. */
async function differingPart(
  state: MessageVersion,
  version: Version,
  bounds: MimeBounds,
): Promise<string | undefined> {
  if (version.parts.length === 0) return undefined
  const found = new Map((await state.partHashes(bounds))?.map(part => [part.number, part.value]))
  return version.parts.find(({ number, value }) => !found.get(number)?.equals(value))?.number
}

/** A body hash that a hop keeps in its signature, against the state that it signed. */
export function checkHopHashes(state: MessageVersion, hop: Hop, bodyForm: BodyForm): Failure | undefined {
  const differs = hop.signatures.some(
    ({ bodyHash }) => bodyHash !== undefined && !bodyHash.equals(state.bodyHash(bodyForm, 'sha256')),
  )
  return differs ? signatureFailure.bodyHash(hop.sequence, 'sha256') : undefined
}

function isHashAlgorithm(name: Hashes['algorithm']): name is HashAlgorithm {
  return name === 'sha256' || name === 'sha512'
}
