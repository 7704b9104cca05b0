/** What signing with DKIM and ARC is told of the relay. */
import { isPublicSuffix } from '../../dkim/public-suffix.ts'
import type { Signer } from '../../dkim2/index.ts'
import { findOwn } from '../directory.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'

export interface DkimDependencies {
  /** This relay in Authentication-Results. */
  readonly authservId: string
  /** The own domain that a domain (lower case, A-labels) is, or is below. */
  ownDomainOf(domain: string): string | undefined
  /** No domain but ours signs, and none that others register theirs below. */
  isOwnDomain(domain: string): boolean
  isPublicSuffix(domain: string): boolean
  /** The keys of a domain that sign. @throws KeyError where one that is to sign is not there */
  dkimSigners(domain: string): readonly Signer[]
  /** What is signed by a domain with DKIM. */
  dkimOf(domain: string): 'always' | 'not-forwards' | 'never'
  /** What goes to aliases and lists of a domain is sealed by it. */
  seals(domain: string): boolean
}

export function dkimDependencies({
  config,
  keys,
}: Pick<JudgingDependencies, 'config' | 'keys'>): DkimDependencies {
  const { domains, hostname } = config
  const settingsOf = (domain: string) => (Object.hasOwn(domains, domain) ? domains[domain] : undefined)
  return {
    authservId: hostname,
    ownDomainOf: domain => findOwn(config, domain)?.domain,
    isOwnDomain: domain => settingsOf(domain) !== undefined,
    isPublicSuffix,
    dkimSigners: domain => keys.keyring.signers(domain, settingsOf(domain)?.signing),
    dkimOf: domain => settingsOf(domain)?.dkim ?? 'always',
    seals: domain => settingsOf(domain)?.arc === 'seal',
  }
}
