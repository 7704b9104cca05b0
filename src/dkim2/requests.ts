/** Requests of earlier hops to later ones. draft-ietf-dkim-dkim2-spec-06 sections 8.10 and 11.8. */

import { introducingHop } from './history.ts'
import type { Chain, Version } from './model.ts'
import { type Failure, messageFailure } from './verdict.ts'

/** The first request that a later hop has not honoured, attributed to that hop. */
export function checkRequests(
  chain: Chain,
  enforced: ReadonlySet<'donotmodify' | 'donotexplode'>,
): Failure | undefined {
  for (const hop of chain.hops) {
    if (enforced.has('donotmodify') && hop.flags.includes('donotmodify')) {
      const version = chain.versions.find(later => later.number > hop.version && isModified(chain, later))
      const by = version && introducingHop(chain, version.number)
      if (by) return messageFailure.modified(by.sequence)
    }
    if (enforced.has('donotexplode') && hop.flags.includes('donotexplode')) {
      const by = chain.hops.find(later => later.sequence > hop.sequence && later.flags.includes('exploded'))
      if (by) return messageFailure.exploded(by.sequence)
    }
  }
  return undefined
}

/** A body whose hash changed, or fields changed or removed; adding fields is allowed (section 8.10). */
function isModified(chain: Chain, version: Version): boolean {
  if (version.changes.unrecoverable || version.changes.headersReplaced.length > 0) return true
  const before = chain.versions[version.number - 2]
  return version.changes.body && !before?.hashes.every(old => sameBody(old.algorithm, old.body, version))
}

function sameBody(algorithm: string, body: Buffer, version: Version): boolean {
  return version.hashes.some(now => now.algorithm === algorithm && now.body.equals(body))
}
