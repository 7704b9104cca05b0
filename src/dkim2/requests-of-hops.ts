/** What earlier hops asked of later ones, as far as the profile of the chain has such requests. */
import type { Request } from './profile.ts'
import { profiles } from './profiles/index.ts'
import type { Verdict } from './verdict.ts'

export function requestsOf({ hops, profile }: Pick<Verdict, 'hops' | 'profile'>): ReadonlySet<Request> {
  const known = profile === undefined ? undefined : profiles.get(profile)?.requests
  const asked = hops.flatMap(hop => hop.flags)
  return new Set([...(known ?? [])].filter(request => asked.includes(request)))
}
