/** What this profile signs. docs/design/message-instance.md, "What a signature covers". */

import type { MessageVersion } from '../../message-version.ts'
import type { Chain } from '../../model.ts'
import type { RuleSet } from './rules.ts'

/**
 * The signing input of hop `sequence` up to its own field: the versions up to the one that it signs, and the signatures of
 * the hops before. The message itself is covered by the hashes in the versions.
 */
export function signingPrefix(state: MessageVersion, chain: Chain, sequence: number): Buffer {
  let fields = ''
  for (const version of chain.versions) if (version.number <= state.number) fields += version.signingForm
  for (const hop of chain.hops) if (hop.sequence < sequence) fields += hop.signingForm
  return Buffer.from(fields, 'latin1')
}

/** Selector and algorithm of one signature, then its value. */
const signatureValue = /([^:,|]*:[^:,|]*:)[^,|]*/g

/** A signature field in signing-input form with the signature values in s empty. */
export function withoutSignatures(signingForm: string, rules: RuleSet): string {
  const start = signingForm.indexOf(':') + 1
  const tag = rules.tagLists.foldsNames ? /(^|;)([sS]=)([^;\r]*)/ : /(^|;)(s=)([^;\r]*)/
  const value = signingForm.slice(start).replace(tag, (_, before: string, name: string, sets: string) => {
    return before + name + sets.replace(signatureValue, '$1')
  })
  return signingForm.slice(0, start) + value
}
