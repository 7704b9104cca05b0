/**
 * Removal of fields that ask readers' programs to answer the author: for a list each subscriber would tell, unasked, that he
 * reads it (RFC 8098 section 2.1 leaves lists no better way than dropping the request). The recipe gives them back.
 */

import { dropFields } from './fields.ts'
import { type RevisionRule, withFields } from './revision.ts'

/** In lower case. Requests for receipts of reading and delivery, and the obsolete address for bounces. */
export const misleadingFields: ReadonlySet<string> = new Set([
  'disposition-notification-to',
  'disposition-notification-options',
  'return-receipt-to',
  'return-receipt-requested',
  'read-receipt-to',
  'register-mail-reply-requested-by',
  'registered-mail-reply-requested-by',
  'generate-delivery-report',
  'prevent-nondelivery-report',
  'errors-to',
  'x-confirm-reading-to',
  'x-confirm-delivery-to',
  'x-pmrqc',
])

/** Removes every field of `misleadingFields`. */
export const removeMisleadingFields: RevisionRule = message =>
  withFields(message, dropFields(message.fields, misleadingFields))
