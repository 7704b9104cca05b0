/**
 * The header fields that no hash and no signature covers: those that transport adds or rewrites.
 * draft-ietf-dkim-dkim2-spec-06 section 4; the DKIM2 fields themselves are covered apart from the header hash.
 */

import { versionFields } from './profiles/names.ts'

const unsignedNames: ReadonlySet<string> = new Set([
  'apparently-to',
  'arc-authentication-results',
  'arc-message-signature',
  'arc-seal',
  'authentication-results',
  'auto-submitted',
  'delivered-to',
  'dkim-signature',
  'dl-expansion-history',
  'original-recipient',
  'received',
  'return-path',
  'sio-label-history',
  'vbr-info',
  'x400-received',
  'x400-trace',
])

const dkim2Names: ReadonlySet<string> = new Set(['dkim2-signature', ...versionFields])

/** True for the fields of DKIM2 itself, of whatever profile. `name` in lower case. */
export function isDkim2Field(name: string): boolean {
  return dkim2Names.has(name)
}

/** Tells from its name, in lower case, whether a field is no part of the header hash. */
export type UnsignedFields = (name: string) => boolean

/** True for the fields that are no part of the header hash. `name` in lower case. */
export function isUnsigned(name: string): boolean {
  if (name.startsWith('x-') || name.startsWith('received-')) return true
  return unsignedNames.has(name) || dkim2Names.has(name)
}

/** What revision 08 of the draft signs and revision 06 does not. */
const signedSince08: ReadonlySet<string> = new Set(['auto-submitted', 'vbr-info'])

/** As `isUnsigned`, with the fields that revision 08 took off the list. */
export function isUnsignedSince08(name: string): boolean {
  return isUnsigned(name) && !signedSince08.has(name)
}
