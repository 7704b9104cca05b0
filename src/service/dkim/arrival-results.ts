/** What this relay found when a message came, as it wrote it on top of it: what an ARC set repeats (RFC 8617 section 4.1.1). */
import { claimsAuthservId, withoutComments } from '../../admit/authentication-results.ts'
import type { ChainStatus } from '../../dkim/arc-seal.ts'
import { unfold } from '../../message/header-field.ts'
import { readMessage } from '../../message/message.ts'

export interface ArrivalResults {
  /** The value of Authentication-Results; latin1, folded as it is in the message. */
  readonly text: string
  /** What it says of the ARC chain; undefined where nothing was found out, or DNS did not tell. */
  readonly status: ChainStatus | undefined
}

/**
 * Reads the field of this relay.
 *
 * @param prepend fields that admission put on top; empty for a message that was made here
 * @param authservId name of this relay
 */
export function arrivalResults(prepend: Buffer, authservId: string): ArrivalResults {
  const field = readMessage(prepend).fields.find(one => claimsAuthservId(one, authservId))
  if (field === undefined) return { text: `${authservId}; none`, status: undefined }
  const text = field.octets.toString('latin1')
  const value = text.slice(text.indexOf(':') + 1).trim()
  return { text: value, status: statusIn(value) }
}

const quotedString = /"(?:[^"\\]|\\.)*"/g
const arcResult = /^\s*arc\s*=\s*(none|pass|fail)\b/i

/** Addresses that a stranger chose stand in quotes, and what he wrote elsewhere in comments. */
function statusIn(value: string): ChainStatus | undefined {
  const results = withoutComments(unfold(value)).replace(quotedString, '""').split(';').slice(1)
  const word = results.flatMap(result => arcResult.exec(result)?.[1] ?? [])[0]?.toLowerCase()
  return word === 'none' || word === 'pass' || word === 'fail' ? word : undefined
}
