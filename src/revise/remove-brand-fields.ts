/** Removal of the BIMI fields of others, as a revision of this hop: the recipe gives them back. */
import { brandFields } from '../message/brand-fields.ts'
import { dropFields } from './fields.ts'
import { type RevisionRule, withFields } from './revision.ts'

/** Removes every field of `brandFields`. */
export const removeBrandFields: RevisionRule = message =>
  withFields(message, dropFields(message.fields, brandFields))
