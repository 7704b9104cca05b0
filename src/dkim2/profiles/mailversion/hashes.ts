/** What this profile hashes: the signing input, and MIME parts. docs/design/mailversion.md, "What a signature covers". */

import type { ChainBounds } from '../../bounds.ts'
import type { MessageVersion } from '../../message-version.ts'
import type { Chain, PartHash } from '../../model.ts'

/** Beyond this many parts none is listed: each is a tag of some sixty octets, and bh covers them all anyway. */
const maxListedParts = 100

/**
 * The signing input of hop `sequence` up to its own field: the signed header fields as they stand in `state`, the
 * versions up to it, the signatures of the hops before.
 */
export function signingPrefix(state: MessageVersion, chain: Chain, sequence: number): Buffer {
  let fields = ''
  for (const version of chain.versions) if (version.number <= state.number) fields += version.signingForm
  for (const hop of chain.hops) if (hop.sequence < sequence) fields += hop.signingForm
  return Buffer.concat([state.headerForm, Buffer.from(fields, 'latin1')])
}

/** A signature field in signing-input form with the values of b1 and b2 empty. */
export function withoutSignatures(signingForm: string): string {
  const start = signingForm.indexOf(':') + 1
  const value = signingForm.slice(start).replace(/(^|;)(b[12]=)[^;\r]*/gi, '$1$2')
  return signingForm.slice(0, start) + value
}

/** The parts to list in a version: none for a message of too many. */
export async function listedParts(state: MessageVersion, bounds: ChainBounds): Promise<readonly PartHash[]> {
  const parts = await state.partHashes(bounds)
  return parts && parts.length <= maxListedParts ? parts : []
}
