/**
 * Fetches a policy from `https://mta-sts.<domain>/.well-known/mta-sts.txt` (RFC 8461 section 3.3): the certificate must be
 * valid for that very host, nothing is followed anywhere else, and size and time are bounded.
 */
import type { HostAddress, Resolver } from '../dns/resolver.ts'
import { isForbiddenAddress } from './forbidden-addresses.ts'
import { type HttpsAnswer, type HttpsSettings, httpsRequest } from './https-request.ts'
import { readStsPolicy, type StsPolicyText } from './sts-policy.ts'

/** In the words of RFC 8460 section 4.3.2.2. */
export type StsFetchFailure = 'sts-policy-fetch-error' | 'sts-policy-invalid' | 'sts-webpki-invalid'

export type StsFetched =
  | { readonly kind: 'policy'; readonly policy: StsPolicyText }
  | { readonly kind: 'failed'; readonly failure: StsFetchFailure; readonly reason: string }

export interface StsFetchDependencies {
  readonly resolver: Pick<Resolver, 'addresses'>
  /** See DiscoverSettings. */
  readonly allowPrivateAddresses: boolean
  /** Port of policy hosts; 443 except in tests. */
  readonly port: number
  readonly https: HttpsSettings
}

/** RFC 8461 section 3.3 suggests 64 kilobytes. */
const maxPolicyOctets = 65_536

/** Addresses of one policy host that are tried. */
const maxAddresses = 3

/** Never rejects. */
export async function fetchStsPolicy(
  domain: string,
  dependencies: StsFetchDependencies,
): Promise<StsFetched> {
  const host = `mta-sts.${domain}`
  const found = await dependencies.resolver.addresses(host)
  if (found.kind === 'temporary') return failed('sts-policy-fetch-error', found.reason)
  const all = found.kind === 'records' ? found.records : []
  const addresses = dependencies.allowPrivateAddresses
    ? all
    : all.filter(({ address, family }) => !isForbiddenAddress(address, family))
  let answer: HttpsAnswer = {
    kind: 'unreachable',
    reason: `${host} has no address that may be connected to`,
  }
  for (const address of addresses.slice(0, maxAddresses)) {
    answer = await requestPolicy(host, address, dependencies)
    if (answer.kind !== 'unreachable') break
  }
  return judge(host, answer)
}

function requestPolicy(
  host: string,
  { address }: HostAddress,
  dependencies: StsFetchDependencies,
): Promise<HttpsAnswer> {
  const target = { host, address, port: dependencies.port, path: '/.well-known/mta-sts.txt' }
  return httpsRequest({ ...target, method: 'GET', maxOctets: maxPolicyOctets }, dependencies.https)
}

function judge(host: string, answer: HttpsAnswer): StsFetched {
  if (answer.kind === 'unreachable') return failed('sts-policy-fetch-error', answer.reason)
  if (answer.kind === 'untrusted') return failed('sts-webpki-invalid', answer.reason)
  // A redirect is an answer like any other that is not 200 (section 3.3).
  if (answer.status !== 200)
    return failed('sts-policy-fetch-error', `${host} answered with HTTP ${answer.status}`)
  if (answer.mediaType !== 'text/plain') {
    return failed(
      'sts-policy-invalid',
      `${host} answered with ${answer.mediaType || 'no media type'}, not with text/plain`,
    )
  }
  const policy = readStsPolicy(answer.body)
  if ('invalid' in policy) return failed('sts-policy-invalid', `policy of ${host}: ${policy.invalid}`)
  return { kind: 'policy', policy }
}

function failed(failure: StsFetchFailure, reason: string): StsFetched {
  return { kind: 'failed', failure, reason }
}
