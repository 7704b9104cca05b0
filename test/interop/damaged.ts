/**
 * Messages with something wrong in them, each properly hashed and signed unless that is what is wrong, and the class of
 * verdict that the draft wants for it.
 */

import type { State } from '../../src/dkim2/index.ts'
import { brokenChains } from './damaged-chains.ts'
import { brokenFields } from './damaged-fields.ts'
import { brokenKeys } from './damaged-keys.ts'
import { brokenRecipes } from './damaged-recipes.ts'
import { brokenSignatures } from './damaged-signatures.ts'
import { verdictClass } from './golden.ts'
import type { VerifyRequest } from './peer.ts'

export interface Damaged {
  readonly name: string
  /** The rule that is broken, in a sentence. */
  readonly rule: string
  /** What revision 09 of the draft says. */
  readonly expected: State
  /** What revision 08 says, where that is another class. */
  readonly expected08?: State
  readonly request: VerifyRequest
}

export const damaged: readonly Damaged[] = [
  ...brokenFields,
  ...brokenChains,
  ...brokenSignatures,
  ...brokenKeys,
  ...brokenRecipes,
]

/** The class that a revision wants. */
export function expectedOf(damage: Damaged, revision: string): State {
  if (revision === '08') return damage.expected08 ?? damage.expected
  return revision === '09' ? damage.expected : verdictClass(damage.name, revision)
}
