/** Domains below which people register theirs: nobody may speak for all of them (RFC 6376 section 8.13). */
import { getAlignment } from 'mailauth/lib/tools.js'

/** True for a domain such as `com` or `co.uk`: two names below it are not of one organization. @param domain A-labels */
export function isPublicSuffix(domain: string): boolean {
  return getAlignment(`one.${domain}`, [`other.${domain}`]) === false
}
