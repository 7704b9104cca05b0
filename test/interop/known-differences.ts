/** Where a peer's class of verdict is not the one we expect, and who we think is right. RESULTS.md shows this table. */

import type { State } from '../../src/dkim2/index.ts'

export interface Difference {
  /** Name of the implementation, with or without its version: a beginning of what it is called. */
  readonly peer: string
  /** Name of a damaged message. */
  readonly damage: string
  readonly says: State
  /** Who is right, and by what. */
  readonly right: string
}

const keyRecords =
  'We: RFC 6376 section 3.6.1 wants v first and each tag once. The crate reads key records more freely than that.'
const tolerated =
  'We: malformed recipes are PERMERROR since revision 07. The crate says of its reader that it overlooks what cannot change the result; its signer keeps the strict rules.'
const leftToHashes =
  'We: malformed recipes are PERMERROR since revision 07. The crate follows the recipe as far as it goes and lets the hashes decide: refused either way.'

const noKnownAlgorithm =
  'Open: 07 does not say what a field is of which no algorithm is known. The crate had FAIL in 07; since 08 it is PERMERROR.'
const revision04 =
  'We, by 06. This release follows 04, and passes over what it does not need, or lets the hashes decide.'

/** Releases that follow older revisions; these go before what holds for all. */
const older: readonly Difference[] = [
  ...differences(
    'fail',
    noKnownAlgorithm,
    ['h knows no algorithm', 'ML-DSA-44 signature spoiled', 'unknown algorithm alone'],
    'mail-auth 0.14',
  ),
  ...differences(
    'pass',
    revision04,
    [
      'instance without h',
      'h names a hash twice',
      'h knows no algorithm',
      'one of two joined hashes wrong',
      'two records',
      'record beside an unrelated one',
      'name twice',
      'CR and LF in a literal',
    ],
    'mail-auth 0.13',
  ),
  ...differences(
    'fail',
    revision04,
    [
      'ML-DSA-44 signature spoiled',
      'unknown algorithm alone',
      'Auto-Submitted added on the way',
      'step with two keys',
      'LF in an octet literal',
      'octet literal without padding',
      'ranges overlap',
      'body recipe is null',
    ],
    'mail-auth 0.13',
  ),
  ...differences('none', revision04, ['two signatures i=1'], 'mail-auth 0.13'),
]

export const knownDifferences: readonly Difference[] = [
  ...older,
  ...differences('pass', keyRecords, ['v is not first', 'record tag twice']),
  ...differences('pass', tolerated, [
    'unknown key in a step',
    'step without a key',
    'octet literal without padding',
    'keys that differ only in case',
    'range past the end',
    'ranges overlap',
  ]),
  ...differences('fail', leftToHashes, [
    'empty recipe',
    'h is empty',
    'ranges out of order',
    'range reversed',
  ]),
]

function differences(
  says: State,
  right: string,
  damages: readonly string[],
  peer = 'mail-auth',
): readonly Difference[] {
  return damages.map(damage => ({ peer, damage, says, right }))
}

/** Journeys on which a release that follows revision 04 does not agree with itself or with 06, and why. */
const beyond04: readonly (readonly [journey: RegExp, why: string])[] = [
  [/unsignedFields|report$/, 'its list of unsigned header fields is that of 04'],
  [/bounce through two forwarders/, 'its list of unsigned header fields, and custody where mf is null'],
  [/hashes of both algorithms/, 'it knows sha256 only'],
  [
    /Latin-1|two lines swapped|8-bit lines|each changes the message/,
    'recipes of 04 cannot give octets back that are not UTF-8',
  ],
]

/** Why a peer is not asked about a journey; undefined: it is. */
export function whyLeftOut(implementation: string, journey: string): string | undefined {
  if (!implementation.startsWith('mail-auth 0.13')) return undefined
  return beyond04.find(([pattern]) => pattern.test(journey))?.[1]
}

/** The known difference of an implementation on a damaged message. */
export function knownDifference(implementation: string, damage: string): Difference | undefined {
  return knownDifferences.find(entry => implementation.startsWith(entry.peer) && entry.damage === damage)
}
