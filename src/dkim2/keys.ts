/** Fetching the public keys of a chain. draft-ietf-dkim-dkim2-spec-06 section 11.5. */

import { allOf, anyOf, grouped } from './groups.ts'
import { keyRecordName, type PublishedKey, parseKeyRecord } from './key-record.ts'
import type { Algorithm, Hop, Signature } from './model.ts'
import type { GroupRules } from './profile.ts'
import { type Failure, keyFailure, signatureFailure } from './verdict.ts'

/** The answer to a TXT query. Absence is an answer; only `temporary` is worth another try. */
export type TxtAnswer =
  | {
      readonly kind: 'records'
      /** The strings of each record joined; latin1. */
      readonly records: readonly string[]
      readonly ttlSeconds?: number
    }
  | { readonly kind: 'absent' }
  | { readonly kind: 'temporary'; readonly reason: string }

/** Looks up the TXT records of a name. A rejection counts as a temporary failure. */
export type TxtLookup = (name: string) => Promise<TxtAnswer>

export interface FetchedKeys {
  /** Of hops that cannot pass, whatever their signatures say. */
  readonly failures: readonly Failure[]
  /** The signatures of a hop that count, in their groups. */
  groupsOf(hop: Hop): readonly (readonly Signature[])[]
  /** Why a signature cannot be checked. */
  failureOf(signature: Signature): Failure | undefined
  /** The key of a signature; undefined for one that cannot be checked. */
  keyOf(signature: Signature): PublishedKey | undefined
}

/** One group, and algorithms that nobody here knows are passed over. */
const oneGroup: GroupRules = {
  alternatives: false,
  unknownAlgorithms: 'ignored',
  precedence: ['permerror', 'fail', 'temperror'],
}

/** The names of the keys of all signatures whose algorithm is known, each once. */
export function keyNames(hops: readonly Hop[], algorithms: ReadonlySet<Algorithm>): ReadonlySet<string> {
  return new Set(
    hops.flatMap(hop =>
      hop.signatures
        .filter(({ algorithm }) => algorithms.has(algorithm as Algorithm))
        .map(({ selector }) => nameOf(hop, selector)),
    ),
  )
}

/**
 * Fetches the keys of all signatures whose algorithm is known; all names at the same time, each once.
 *
 * @returns the keys, and what is wrong with them in ascending order of hops. A hop without any known algorithm cannot pass.
 */
export async function fetchKeys(
  hops: readonly Hop[],
  algorithms: ReadonlySet<Algorithm>,
  lookup: TxtLookup,
  rules: GroupRules = oneGroup,
): Promise<FetchedKeys> {
  const isKnown = ({ algorithm }: Signature) => algorithms.has(algorithm as Algorithm)
  const names = keyNames(hops, algorithms)
  const answers = new Map(
    await Promise.all([...names].map(async name => [name, await answerOf(lookup, name)] as const)),
  )
  const keys = new Map<Signature, PublishedKey | Failure>()
  for (const hop of hops) {
    for (const signature of hop.signatures) {
      const answer = answers.get(nameOf(hop, signature.selector))
      keys.set(
        signature,
        isKnown(signature)
          ? usableKey(hop.sequence, signature, answer)
          : signatureFailure.unknownAlgorithm(hop.sequence, signature.selector),
      )
    }
  }
  const ignoresUnknown = rules.unknownAlgorithms === 'ignored'
  const fetched = {
    groupsOf: (hop: Hop) =>
      grouped(ignoresUnknown ? hop.signatures.filter(isKnown) : hop.signatures).filter(
        group => group.length > 0,
      ),
    failureOf(signature: Signature) {
      const key = keys.get(signature)
      return key && 'state' in key ? key : undefined
    },
    keyOf(signature: Signature) {
      const key = keys.get(signature)
      return key && 'kind' in key ? key : undefined
    },
  }
  const failures = hops.map(hop => settled(hop, fetched, rules)).filter(failure => failure !== undefined)
  return { ...fetched, failures }
}

/** The failure of a hop that no signature can avert: each of its groups has failed already. */
function settled(hop: Hop, keys: Omit<FetchedKeys, 'failures'>, rules: GroupRules): Failure | undefined {
  const groups = keys.groupsOf(hop)
  if (groups.length === 0) return keyFailure.algorithm(hop.sequence, hop.signatures[0]?.selector ?? '')
  const outcomes = groups.map(group => {
    const failures = group.map(keys.failureOf).filter(failure => failure !== undefined)
    const failure = allOf(failures, rules)
    const isSettled = failures.length === group.length || failure?.state === rules.precedence[0]
    return isSettled ? failure : undefined
  })
  return anyOf(outcomes, signatureFailure.noGroup(hop.sequence))
}

/** Names are compared without regard to case; one spelling keeps a cache from holding a key twice. */
function nameOf(hop: Hop, selector: string): string {
  return keyRecordName(selector, hop.domain).toLowerCase()
}

async function answerOf(lookup: TxtLookup, name: string): Promise<TxtAnswer> {
  try {
    return await lookup(name)
  } catch {
    return { kind: 'temporary', reason: 'the lookup failed' }
  }
}

function usableKey(i: number, signature: Signature, answer: TxtAnswer | undefined): PublishedKey | Failure {
  const { selector, algorithm } = signature
  if (!answer || answer.kind === 'temporary') return keyFailure.notFetched(i, selector)
  const records = answer.kind === 'records' ? answer.records : []
  const [text] = records
  if (text === undefined) return keyFailure.absent(i, selector)
  if (records.length > 1) return keyFailure.multiple(i, selector)
  const record = parseKeyRecord(text)
  if (record.kind === 'key' && record.algorithm === algorithm) return record
  if (record.kind === 'revoked') return keyFailure.revoked(i, selector)
  if (record.kind === 'malformed') {
    return record.isKeyFault ? keyFailure.malformed(i, selector) : keyFailure.syntax(i, selector)
  }
  return keyFailure.algorithm(i, selector)
}
