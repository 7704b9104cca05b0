/** How text names the versions of this profile. */

import type { Wording } from '../../verdict.ts'

export const versionFieldName = 'Message-Instance'

/** How text names a version. */
export function versionLabel(number: number | string): string {
  return `${versionFieldName} m=${number}`
}

/** How text names a version whose hashes do not match: until revision 07 the draft has no hyphen there. */
export function hashLabel(number: number, wording: Wording): string {
  return wording === 'until 07' ? `Message Instance m=${number}` : versionLabel(number)
}
