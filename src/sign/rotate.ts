/** Rotation, first step: a new key beside the old one. It signs when its record is seen in DNS (activation.ts). */
import type { KeyKind } from './generate.ts'
import { algorithmOf, generateKey, generatePendingKey, keyKinds } from './generate.ts'
import { KeyError } from './key-file.ts'
import type { KeyStatus } from './key-status.ts'
import type { Keyring } from './keyring.ts'
import { loadKeyring } from './keyring.ts'
import type { SigningKey } from './signing-key.ts'

export interface Rotation {
  readonly domain: string
  /** Only the key of this kind; without it every key that signs. */
  readonly kind?: KeyKind
  /** The day stands in the new selectors. */
  readonly nowMilliseconds: number
}

/** A new key and the selector of the one whose place it will take. */
export interface RotatedKey {
  readonly key: SigningKey
  readonly replaces: string
}

/**
 * Makes a successor for the keys of a domain that sign. A rotation that was broken off is completed.
 *
 * @throws KeyError when the domain has no such key, or all of them have successors that wait for their records
 */
export async function rotateKeys(folder: string, rotation: Rotation): Promise<readonly RotatedKey[]> {
  const ring = await loadKeyring(folder)
  const domain = rotation.domain.toLowerCase()
  const signing = activeKeys(ring, domain, rotation.kind)
  const rotated: RotatedKey[] = []
  for (const old of signing) {
    const waiting = successorOf(ring, old)
    if (waiting?.hasFile === true) continue
    const key = await newKey(folder, old, waiting, ring, rotation.nowMilliseconds)
    rotated.push({ key, replaces: old.selector })
  }
  if (rotated.length > 0) return rotated
  const names = signing.map(key => successorOf(ring, key)?.selector).join(' and ')
  throw new KeyError(
    `${domain}: ${names} waits for its record in DNS already: publish what keys dns prints, or give it up with keys retire`,
  )
}

function activeKeys(ring: Keyring, domain: string, kind: KeyKind | undefined): readonly SigningKey[] {
  const active = ring.signers(domain)
  const chosen = active.filter(key => kind === undefined || key.algorithm === algorithmOf[kind])
  if (chosen.length > 0) return chosen
  const what = kind === undefined || active.length === 0 ? 'no key that signs' : `no ${kind} key that signs`
  throw new KeyError(`${domain} has ${what}; keys generate --domain ${domain} makes one`)
}

/** The key that waits to take the place of another. */
function successorOf(ring: Keyring, { domain, selector }: SigningKey): KeyStatus | undefined {
  return ring.statuses.find(
    one => one.state === 'pending' && one.domain === domain && one.replaces === selector,
  )
}

async function newKey(
  folder: string,
  old: SigningKey,
  /** The note of a rotation that was broken off before its key was written. */
  waiting: KeyStatus | undefined,
  ring: Keyring,
  madeAt: number,
): Promise<SigningKey> {
  const kind = kindOf(old)
  const { domain } = old
  if (waiting !== undefined) return generateKey(folder, kind, { selector: waiting.selector, domain })
  const taken = ring.statuses.filter(one => one.domain === domain).map(one => one.selector)
  const selector = nextSelector(old.selector, madeAt, taken)
  return generatePendingKey(folder, kind, { selector, domain }, { replaces: old.selector, madeAt })
}

function kindOf(key: SigningKey): KeyKind {
  const kind = keyKinds.find(candidate => algorithmOf[candidate] === key.algorithm)
  if (kind === undefined) throw new KeyError(`${key.file}: keys of ${key.algorithm} cannot be made`)
  return kind
}

/**
 * The selector of a successor: `ed` and `ed-20251101` are followed by `ed-20261122` on that day (UTC), and by
 * `ed-20261122-2` if that is taken.
 *
 * @param taken selectors of the domain, retired ones too: a selector never comes back with another key
 */
export function nextSelector(old: string, nowMilliseconds: number, taken: readonly string[]): string {
  const day = new Date(nowMilliseconds).toISOString().slice(0, 10).replaceAll('-', '')
  const base = `${old.replace(/-\d{8}(-\d+)?$/, '')}-${day}`
  const isTaken = (selector: string) => taken.some(one => one.toLowerCase() === selector.toLowerCase())
  if (!isTaken(base)) return base
  let number = 2
  while (isTaken(`${base}-${number}`)) number += 1
  return `${base}-${number}`
}
