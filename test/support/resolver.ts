/** The relay's own resolver in front of a name server of a test. */
import { randomBytes } from 'node:crypto'
import type { SurveyResolver } from '../../src/dns/resolver.ts'
import { type StubResolverSettings, stubResolver } from '../../src/dns/stub-resolver.ts'
import { dnsAnswer } from '../../src/limits.ts'

/** A resolver without memory that asks these servers. */
export function resolverFor(
  servers: readonly { readonly address: string }[],
  changes: Partial<StubResolverSettings> = {},
): SurveyResolver {
  return stubResolver({
    servers: servers.map(({ address }) => address),
    timeoutMilliseconds: 2_000,
    tries: 2,
    validates: false,
    random: randomBytes,
    ...dnsAnswer,
    ...changes,
  })
}
