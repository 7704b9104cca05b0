/** Which keys of a domain sign: those that are active, or those that the configuration names, as far as the profile takes them. */
import type { WireProfile } from '../dkim2/profile.ts'
import { KeyError } from './key-file.ts'
import type { KeyStatus } from './key-status.ts'
import type { SigningKey } from './signing-key.ts'

export interface SignerChoice {
  /**
   * The keys to use, in this order. One that was replaced stands for the key that replaced it, and one that does not sign yet
   * for the key that it is to replace: a rotation needs no change of the configuration.
   */
  readonly selectors?: readonly string[]
  /** What is to be signed: keys of other algorithms are left out. */
  readonly profile?: Pick<WireProfile, 'id' | 'algorithms' | 'maxSignatures' | 'groups'>
}

/** Small and fast first; the order in which signatures stand in a field. */
const order: readonly SigningKey['algorithm'][] = ['ed25519-sha256', 'rsa-sha256', 'mldsa44']

/** @see Keyring.signers */
export function chooseSigners(
  keys: readonly SigningKey[],
  statuses: readonly KeyStatus[],
  domain: string,
  { selectors, profile }: SignerChoice = {},
): SigningKey[] {
  const name = domain.toLowerCase()
  const ofDomain = statuses.filter(one => one.domain === name)
  const names =
    selectors === undefined ? activeSelectors(ofDomain) : namedSelectors(ofDomain, selectors, name)
  const own = keys.filter(key => key.domain === name)
  const signing = names.flatMap(selector => own.find(key => key.selector === selector) ?? [])
  const ordered = selectors === undefined ? signing.toSorted(byAlgorithm) : signing
  if (profile === undefined || own.length === 0) return ordered
  return fitting(ordered, profile, name)
}

function byAlgorithm(a: SigningKey, b: SigningKey): number {
  return order.indexOf(a.algorithm) - order.indexOf(b.algorithm)
}

function activeSelectors(ofDomain: readonly KeyStatus[]): string[] {
  return ofDomain.filter(one => one.state === 'active').map(one => one.selector)
}

function namedSelectors(
  ofDomain: readonly KeyStatus[],
  selectors: readonly string[],
  domain: string,
): string[] {
  return [...new Set(selectors.flatMap(selector => standIn(ofDomain, selector, domain) ?? []))]
}

/** The selector that signs where `selector` is named; undefined for a new key that replaces none and does not sign yet. */
function standIn(ofDomain: readonly KeyStatus[], selector: string, domain: string): string | undefined {
  const passed = new Set<string>()
  for (let at = selector; !passed.has(at); ) {
    passed.add(at)
    const status = ofDomain.find(one => one.selector === at)
    if (status === undefined) throw noKey(ofDomain, selector, domain)
    if (status.state === 'active') return at
    const next = status.state === 'pending' ? status.replaces : status.replacedBy
    if (next !== undefined) at = next
    else if (status.state === 'pending') return undefined
  }
  throw new KeyError(
    `${domain}: the key with the selector ${selector} is out of use, and none took its place`,
  )
}

function noKey(ofDomain: readonly KeyStatus[], selector: string, domain: string): KeyError {
  const names = ofDomain.filter(one => one.state !== 'retired').map(one => one.selector)
  const there = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
  return new KeyError(`${domain} has no key with the selector ${selector}: ${there}`)
}

function fitting(
  signing: readonly SigningKey[],
  profile: NonNullable<SignerChoice['profile']>,
  domain: string,
): SigningKey[] {
  const fit = signing.filter(key => profile.algorithms.has(key.algorithm))
  if (fit.length === 0) {
    const kinds = [...profile.algorithms].join(', ')
    throw new KeyError(`${domain} has no key that signs in profile ${profile.id} (${kinds})`)
  }
  if (fit.length > profile.maxSignatures) {
    const names = fit.map(key => key.selector).join(', ')
    throw new KeyError(
      `${domain} has ${fit.length} keys (${names}) and a signature of profile ${profile.id} has room for ${profile.maxSignatures}: name those that sign in domains["${domain}"].signing.selectors`,
    )
  }
  return profile.groups.alternatives ? withAlternatives(fit) : fit
}

/**
 * An unknown algorithm spoils its group, and not everybody knows ML-DSA yet: those signatures stand in a group of their own, so
 * that who does not know them goes by the others.
 */
function withAlternatives(signing: readonly SigningKey[]): SigningKey[] {
  const isMixed = signing.some(key => key.algorithm !== 'mldsa44')
  return signing.map(key => (isMixed && key.algorithm === 'mldsa44' ? { ...key, group: 1 } : key))
}
