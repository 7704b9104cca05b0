/** Opens what looks up images of senders. */
import { webFetch } from '../../brand/web-fetch.ts'
import type { RelayConfig } from '../../config/schema.ts'
import type { Resolver } from '../../dns/resolver.ts'
import * as limits from '../../limits.ts'
import { recordResolver } from '../record-resolver.ts'
import { Brands } from './brands.ts'

/** @param authorities of `authoritiesOf` */
export function openBrands(
  { delivery: { allowPrivateAddresses } }: RelayConfig,
  resolver: Resolver,
  authorities: readonly string[] | undefined,
  clock: () => number,
): Brands {
  const https = {
    timeoutMilliseconds: limits.brands.fetchMilliseconds,
    ...(authorities !== undefined && { certificateAuthorities: authorities }),
  }
  const fetch = webFetch({ resolver, allowPrivateAddresses, https })
  const records = recordResolver(resolver)
  const texts = async (name: string) => (await records(name, 'TXT')).map(String)
  return new Brands({ texts, fetch, clock })
}
