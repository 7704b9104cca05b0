/** Domains on the pages: their keys and records as DNS has them at the moment, and accounts. */
import type { DomainDesk, ShownKey } from '../../http/admin/domain-pages.ts'
import { adminPages } from '../../limits.ts'
import { asciiDomain } from '../../message/mailbox.ts'
import { comparePublished } from '../../sign/published.ts'
import type { SigningKey } from '../../sign/signing-key.ts'
import { findOwnRecords } from '../own-records/find-own-records.ts'
import type { PathDependencies } from '../path-dependencies.ts'
import { inTime } from './in-time.ts'

type DomainDependencies = Pick<PathDependencies, 'config' | 'keys' | 'resolver' | 'store' | 'clock'>

export function domainDesk(dependencies: DomainDependencies): DomainDesk {
  const { config, keys, resolver, store, clock } = dependencies
  const ofDomain = (domain: string) => keys.keyring.keys.filter(key => key.domain === domain)
  return {
    domains: async () =>
      Object.entries(config.domains)
        .slice(0, adminPages.rows)
        .map(([domain, { aliases }]) => ({
          domain,
          aliases: Object.keys(aliases).length,
          keys: ofDomain(domain).length,
        })),
    async domainState(name) {
      const domain = asciiDomain(name.toLowerCase())
      const settings = Object.hasOwn(config.domains, domain) ? config.domains[domain] : undefined
      if (settings === undefined) return undefined
      const alone = { ...config, domains: { [domain]: settings } }
      const [shown, records] = await Promise.all([
        Promise.all(
          ofDomain(domain)
            .slice(0, adminPages.rows)
            .map(key => shownKey(key, resolver)),
        ),
        inTime(findOwnRecords(alone, resolver, clock())),
      ])
      return { domain, keys: shown, records }
    },
    accounts: async () =>
      (await store.accounts({ limit: adminPages.rows })).map(({ name, state, senders, createdAt }) => ({
        name,
        state,
        senders,
        createdAt,
      })),
  }
}

export async function shownKey(key: SigningKey, resolver: DomainDependencies['resolver']): Promise<ShownKey> {
  const { domain, selector, algorithm, recordName } = key
  const answer = await inTime(recordState(key, resolver))
  return {
    domain,
    selector,
    algorithm,
    recordName,
    record: typeof answer === 'string' ? answer : answer.problem,
  }
}

/** As `check` and the watch of the keys have it. */
async function recordState(key: SigningKey, resolver: DomainDependencies['resolver']): Promise<string> {
  const { state, found } = comparePublished(key, await resolver.txt(key.recordName))
  return state === 'unknown' ? (found ?? state) : stateTexts[state]
}

const stateTexts = { ok: 'published', missing: 'missing', different: 'another record' } as const
