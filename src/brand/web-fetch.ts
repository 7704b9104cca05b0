/** Files that records name, fetched over HTTPS with everything bounded; nothing is followed anywhere else. */
import { isForbiddenAddress } from '../discover/forbidden-addresses.ts'
import { type HttpsAnswer, type HttpsSettings, httpsRequest } from '../discover/https-request.ts'
import type { Resolver } from '../dns/resolver.ts'

export type Fetched =
  | { readonly kind: 'file'; readonly mediaType: string; readonly octets: Buffer }
  | { readonly kind: 'failed'; readonly reason: string }

/** Never rejects. */
export type WebFetch = (url: string, maxOctets: number) => Promise<Fetched>

export interface WebFetchDependencies {
  readonly resolver: Pick<Resolver, 'addresses'>
  /** A stranger's record must not lead into the own network. */
  readonly allowPrivateAddresses: boolean
  readonly https: HttpsSettings
}

/** Addresses of one host that are tried. */
const maxAddresses = 3

export function webFetch(dependencies: WebFetchDependencies): WebFetch {
  return async (text, maxOctets) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url?.protocol !== 'https:' || url.username !== '') return failed('the URI is no https URI')
    const found = await dependencies.resolver.addresses(url.hostname)
    if (found.kind === 'temporary') return failed(found.reason)
    const all = found.kind === 'records' ? found.records : []
    const allowed = all.filter(
      ({ address, family }) => dependencies.allowPrivateAddresses || !isForbiddenAddress(address, family),
    )
    let answer: HttpsAnswer = { kind: 'unreachable', reason: `${url.hostname} has no address to connect to` }
    for (const { address } of allowed.slice(0, maxAddresses)) {
      answer = await get(url, address, maxOctets, dependencies.https)
      if (answer.kind !== 'unreachable') break
    }
    return judged(url, answer)
  }
}

function get(url: URL, address: string, maxOctets: number, https: HttpsSettings): Promise<HttpsAnswer> {
  const port = url.port === '' ? 443 : Number(url.port)
  const path = `${url.pathname}${url.search}`
  return httpsRequest({ host: url.hostname, address, port, path, method: 'GET', maxOctets }, https)
}

function judged(url: URL, answer: HttpsAnswer): Fetched {
  if (answer.kind !== 'answer') return failed(answer.reason)
  if (answer.status !== 200) return failed(`${url.host} answered with HTTP ${answer.status}`)
  return { kind: 'file', mediaType: answer.mediaType, octets: answer.body }
}

function failed(reason: string): Fetched {
  return { kind: 'failed', reason }
}
