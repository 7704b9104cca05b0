/** Where a peer's class of verdict is not the one we expect, and who we think is right. RESULTS.md shows this table. */

import type { State } from '../../src/dkim2/index.ts'

export interface Difference {
  /** Name of the implementation without its version. */
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

export const knownDifferences: readonly Difference[] = [
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

function differences(says: State, right: string, damages: readonly string[]): readonly Difference[] {
  return damages.map(damage => ({ peer: 'mail-auth', damage, says, right }))
}

/** The known difference of an implementation on a damaged message. */
export function knownDifference(implementation: string, damage: string): Difference | undefined {
  return knownDifferences.find(entry => implementation.startsWith(entry.peer) && entry.damage === damage)
}
