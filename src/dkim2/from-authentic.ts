/**
 * Whether a From header field is authentic: its domain is one that the hop which put it there may sign for.
 * draft-ietf-dkim-dkim2-spec-08 section 14.8, known from what its implementers say of it.
 */

import { singleMailboxDomain } from '../message/from-field.ts'
import { asciiDomain } from '../message/mailbox.ts'
import { fieldValue, type HeaderField, lowerAscii } from '../message/message.ts'

/** Whether `signingDomain` may sign for a From of `fromDomain`; both are lower-case A-labels. */
export type FromPolicy = (fromDomain: string, signingDomain: string) => boolean

/** True if there is one From field with one address, whose domain the policy allows. */
export function isFromAuthentic(
  fields: readonly HeaderField[],
  signingDomain: string,
  policy: FromPolicy,
): boolean {
  const [field, ...others] = fromFields(fields)
  if (!field || others.length > 0) return false
  const domain = singleMailboxDomain(fieldValue(field))
  return domain !== undefined && policy(asciiDomain(domain), signingDomain)
}

function fromFields(fields: readonly HeaderField[]): HeaderField[] {
  return fields.filter(field => lowerAscii(field.name) === 'from')
}
