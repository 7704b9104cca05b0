/**
 * The wire profile `message-instance`: draft-ietf-dkim-dkim2-spec in revisions 06 to 09. docs/design/message-instance.md says the
 * rules, rules.ts what the revisions disagree on.
 */

import type { Message } from '../../../message/message.ts'
import type { ChainBounds } from '../../bounds.ts'
import { assembleChain } from '../../chain.ts'
import { checkWholeHashes } from '../../hash-checks.ts'
import type { Chain, Hop } from '../../model.ts'
import { type Reading, revisions, type WireProfile } from '../../profile.ts'
import { type Failure, messageFailure } from '../../verdict.ts'
import { type FieldReaders, readFields } from '../read-fields.ts'
import { readableNumber } from './fields.ts'
import { signingPrefix, withoutSignatures } from './hashes.ts'
import { misfitOf } from './recipe-failures.ts'
import { changesUntil, defaultRevision, type RuleSet, ruleSets, rulesAfter } from './rules.ts'
import { isCarriable, maxSignatures, readSignature, writeSignature } from './signature-field.ts'
import { readVersion, writeVersion } from './version-field.ts'
import { hashLabel, versionLabel } from './version-label.ts'

/** One object for each way of reading: hashes are kept by what it leaves out. */
const made = new Map<string, WireProfile>()

/** The profile as `reading` wants it; strictly, and in the newest revision where it says nothing. */
function profileUnder({ revision = defaultRevision, lenient = false }: Reading): WireProfile {
  const key = `${revision} ${lenient}`
  const profile = made.get(key) ?? profileOf(ruleSets[revision], revision, lenient)
  made.set(key, profile)
  return profile
}

/** In its newest revision. */
export const messageInstance: WireProfile = profileUnder({})

/** Revision 06 with the first `count` of the rules that changed since, for telling which of them matters to a message. */
export function messageInstanceBetween(count: number, lenient: boolean): WireProfile {
  const revision = revisions.find(name => changesUntil(name) === count) ?? `06+${count}`
  return profileOf(rulesAfter(count), revision, lenient)
}

function profileOf(rules: RuleSet, revision: string, lenient: boolean): WireProfile {
  const readers: FieldReaders = {
    versionField: 'message-instance',
    version: (field, bounds) => readVersion(field, bounds, rules),
    hop: (field, bounds) => readSignature(field, bounds, rules, lenient),
  }
  const profile: WireProfile = {
    id: 'message-instance',
    revision,
    spec: `draft-ietf-dkim-dkim2-spec-${revision}`,
    algorithms: rules.algorithms,
    maxSignatures,
    maxPerAlgorithm: rules.maxPerAlgorithm,
    groups: rules.groups,
    minRsaSigningBits: rules.minRsaSigningBits,
    isUnsigned: rules.isUnsigned,
    pathFailures: rules.pathFailures,
    precedence: rules.precedence,
    wording: rules.wording,
    nullBody: rules.nullBody,
    checksFuture: rules.checksFuture,
    fromPolicy: rules.fromPolicy,
    extendsOnlyFullyVerified: rules.extendsOnlyFullyVerified,
    hasImaginaryHops: true,
    bodyForm: 'simple',
    requests: rules.requests,
    under: profileUnder,
    versionLabel,
    hashLabel: number => hashLabel(number, rules.wording),
    misfit: (version, sequence) => misfitOf(version, sequence, rules),
    // A version that says what the one before it says is pointless, so `always` does not count.
    needsVersion(state, chain) {
      const highest = chain.versions.at(-1)
      return !highest || checkWholeHashes(state, highest, profile) !== undefined
    },
    readChain: (message, bounds) => readChain(message, bounds, rules, readers),
    readVersion: (field, bounds) => readVersion(field, bounds, rules),
    signingPrefix,
    withoutSignatures: signingForm => withoutSignatures(signingForm, rules),
    isCarriable,
    // The flags of this profile tell nothing of changes: its versions do.
    reports: () => [],
    writeVersion: async draft => writeVersion(draft, rules),
    writeSignature: draft => writeSignature(draft, rules),
  }
  return profile
}

function readChain(
  message: Message,
  bounds: ChainBounds,
  rules: RuleSet,
  readers: FieldReaders,
): Chain | Failure {
  const { versions, hops, failed } = readFields(message, readers, bounds)
  if (failed !== undefined) {
    const version = failed.isVersion ? Number(readableNumber(failed.field, 'm')) : 0
    return blamedHop(failed.failure, version, hops)
  }
  const names = { versionLabel, versionTag: 'm', hopVersionTag: 'm' }
  return countedUnsigned(hops, rules) ?? assembleChain(hops, versions, names)
}

/** A version that cannot be read is the affair of the first hop that signed it, where that one can be read. */
function blamedHop(failure: Failure, version: number, hops: readonly Hop[]): Failure {
  const signed = version > 0 ? hops.filter(hop => hop.version >= version) : []
  const sequence = Math.min(...signed.map(hop => hop.sequence))
  return Number.isFinite(sequence) ? { ...failure, sequence } : failure
}

/**
 * Section 8.1 of revision 06: a message whose signatures have a gap counts as unsigned, and so does one without any. A number
 * that stands there twice is no gap.
 */
function countedUnsigned(hops: readonly Hop[], rules: RuleSet): Failure | undefined {
  if (rules.unsigned === 'permerror') return undefined
  const found = new Set(hops.map(hop => hop.sequence))
  const missing = [...found].toSorted((a, b) => a - b).findIndex((i, index) => i !== index + 1) + 1
  return hops.length === 0 || missing > 0 ? messageFailure.unsigned(missing || 1) : undefined
}
