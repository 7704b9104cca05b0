/** New keys: each in a file of its own, never over another one. */

import type { KeyObject } from 'node:crypto'
import { generateKeyPair } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { KeyError, writeSecretFile } from './key-file.ts'
import type { KeyName } from './key-name.ts'
import { isKeyName, keyFileName } from './key-name.ts'
import { writeNote } from './key-note.ts'
import type { Keyring } from './keyring.ts'
import { loadKey, loadKeyring } from './keyring.ts'
import type { SigningKey } from './signing-key.ts'

/** Kinds of key that can be made. RSA has 2048 bits: longer ones do not fit one TXT record everywhere. */
export type KeyKind = 'ed25519' | 'rsa' | 'mldsa44'
export const keyKinds: readonly KeyKind[] = ['ed25519', 'rsa', 'mldsa44']

/** What a new domain gets: everybody can verify one of them. */
export const usualKinds: readonly KeyKind[] = ['ed25519', 'rsa']

/** Selectors of the keys that a new domain gets. */
export const firstSelectors: Readonly<Record<KeyKind, string>> = {
  ed25519: 'ed',
  rsa: 'rsa',
  mldsa44: 'mldsa',
}

export const algorithmOf: Readonly<Record<KeyKind, SigningKey['algorithm']>> = {
  ed25519: 'ed25519-sha256',
  rsa: 'rsa-sha256',
  mldsa44: 'mldsa44',
}

const rsaModulusBits = 2048
const generate = promisify(generateKeyPair)

/**
 * Makes a key and writes it to the keys folder.
 *
 * @throws KeyError when selector or domain cannot stand in a DNS name, or the file is already there
 */
export async function generateKey(folder: string, kind: KeyKind, name: KeyName): Promise<SigningKey> {
  const named = checkedName(name)
  const file = join(folder, keyFileName(named))
  const privateKey = await newPrivateKey(kind)
  await writeSecretFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return loadKey(file, named)
}

function checkedName(name: KeyName): KeyName {
  const named = { selector: name.selector, domain: name.domain.toLowerCase() }
  if (isKeyName(named)) return named
  throw new KeyError(
    `'${name.selector}' and '${name.domain}': expected a selector and a domain name, such as ed and alias.example`,
  )
}

async function newPrivateKey(kind: KeyKind): Promise<KeyObject> {
  if (kind === 'ed25519') return (await generate('ed25519', {})).privateKey
  if (kind === 'mldsa44') return (await generate('ml-dsa-44', {})).privateKey
  return (await generate('rsa', { modulusLength: rsaModulusBits, publicExponent: 65_537 })).privateKey
}

/**
 * Makes a key that does not sign before its record is seen in DNS.
 *
 * The note is on disk before the key is: a key without a note would sign at once.
 *
 * @param replaces selector of the key whose place it will take; undefined: it signs beside the others
 */
export async function generatePendingKey(
  folder: string,
  kind: KeyKind,
  name: KeyName,
  { replaces, madeAt }: { readonly replaces?: string; readonly madeAt: number },
): Promise<SigningKey> {
  const named = checkedName(name)
  await writeNote(folder, { name: named, note: { madeAt, ...(replaces === undefined ? {} : { replaces }) } })
  return generateKey(folder, kind, named)
}

export interface NewKeys {
  readonly domain: string
  readonly kinds: readonly KeyKind[]
  /** Without it the usual one of the kind. */
  readonly selector?: string
  readonly nowMilliseconds: number
}

/**
 * Adds keys to a domain. The first ones of a domain sign at once; later ones when their records are seen in DNS.
 *
 * @throws KeyError for a kind that the domain has already: rotation replaces it
 */
export async function addKeys(folder: string, wanted: NewKeys): Promise<readonly SigningKey[]> {
  const domain = wanted.domain.toLowerCase()
  const { keys } = await loadKeyring(folder)
  const own = keys.filter(key => key.domain === domain)
  const made: SigningKey[] = []
  for (const kind of wanted.kinds) {
    const there = own.find(key => key.algorithm === algorithmOf[kind])
    if (there !== undefined) {
      throw new KeyError(
        `${domain} has the key ${there.selector} of this kind already (${there.file}, which is never overwritten); keys rotate replaces it`,
      )
    }
    const name = { selector: wanted.selector ?? firstSelectors[kind], domain }
    const madeAt = wanted.nowMilliseconds
    made.push(
      own.length === 0
        ? await generateKey(folder, kind, name)
        : await generatePendingKey(folder, kind, name, { madeAt }),
    )
  }
  return made
}

/**
 * Reads the keyring and makes an Ed25519 and an RSA key for every domain that has none at all.
 *
 * @param domains the own domains, lower-case
 * @returns the keyring with the new keys, and which those are, so that their records can be shown
 */
export async function ensureKeys(
  folder: string,
  domains: readonly string[],
): Promise<{ readonly keyring: Keyring; readonly generated: readonly SigningKey[] }> {
  const found = await loadKeyring(folder)
  const without = domains.filter(domain => !hasKey(found, domain))
  if (without.length === 0) return { keyring: found, generated: [] }
  const generated: SigningKey[] = []
  for (const domain of without) {
    for (const kind of usualKinds)
      generated.push(await generateKey(folder, kind, { selector: firstSelectors[kind], domain }))
  }
  return { keyring: await loadKeyring(folder), generated }
}

function hasKey(keyring: Keyring, domain: string): boolean {
  return keyring.keys.some(key => key.domain === domain)
}
