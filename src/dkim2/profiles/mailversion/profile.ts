/**
 * The wire profile `mailversion`: the DKIM2 drafts of autumn 2025. docs/design/mailversion.md says the rules.
 */

import type { Message } from '../../../message/message.ts'
import type { ChainBounds } from '../../bounds.ts'
import { assembleChain } from '../../chain.ts'
import type { Chain, Flag, VersionChanges } from '../../model.ts'
import type { VersionDraft, WireProfile } from '../../profile.ts'
import { isUnsigned } from '../../unsigned-fields.ts'
import { type Failure, versionFailure } from '../../verdict.ts'
import { type FieldReaders, readFields } from '../read-fields.ts'
import { listedParts, signingPrefix, withoutSignatures } from './hashes.ts'
import { isCarriable, readSignature, writeSignature } from './signature-field.ts'
import { readVersion, versionLabel, writeVersion } from './version-field.ts'

export const mailversion: WireProfile = {
  id: 'mailversion',
  spec: 'draft-clayton-dkim2-spec-03, draft-gondwana-dkim2-header-05, draft-gondwana-dkim2-modification-alegebra-04',
  algorithms: new Set(['rsa-sha256', 'ed25519-sha256'] as const),
  maxSignatures: 2,
  maxPerAlgorithm: 2,
  groups: {
    alternatives: false,
    unknownAlgorithms: 'ignored',
    precedence: ['permerror', 'fail', 'temperror'],
  },
  minRsaSigningBits: 1_024,
  isUnsigned,
  pathFailures: 'permerror',
  precedence: 'worst',
  wording: 'until 07',
  nullBody: 'unrecoverable',
  checksFuture: true,
  fromPolicy: undefined,
  extendsOnlyFullyVerified: false,
  hasImaginaryHops: false,
  bodyForm: 'relaxed',
  requests: new Set(['donotmodify', 'donotexplode'] as const),
  under: () => mailversion,
  versionLabel,
  hashLabel: versionLabel,
  misfit: ({ number }, sequence) => versionFailure.recipe(versionLabel(number), sequence),
  needsVersion: (_state, chain, hop) => chain.versions.length === 0 || hop.changed || hop.always,
  readChain,
  readVersion,
  signingPrefix,
  withoutSignatures,
  isCarriable,
  reports,
  writeVersion: async (draft: VersionDraft) => {
    const { number, state, recipe, bounds } = draft
    const parts = await listedParts(state, bounds)
    return writeVersion(
      { number, bodyHash: state.bodyHash('relaxed', 'sha256'), parts, recipe },
      state.message,
    )
  },
  writeSignature,
}

const readers: FieldReaders = { versionField: 'mailversion', version: readVersion, hop: readSignature }

function readChain(message: Message, bounds: ChainBounds): Chain | Failure {
  const { versions, hops, failed } = readFields(message, readers, bounds)
  const names = { versionLabel, versionTag: 'v', hopVersionTag: 'mv' }
  return failed?.failure ?? assembleChain(hops, versions, names)
}

function reports(changes: VersionChanges): Flag[] {
  const flags: Flag[] = []
  if (changes.body) flags.push('modifiedbody')
  if (changes.headers.length > 0) flags.push('modifiedheader')
  return flags
}
