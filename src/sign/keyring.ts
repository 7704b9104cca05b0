/**
 * The private keys of this relay: one file `<selector>._domainkey.<domain>.pem` each in the keys folder (PKCS#8 PEM,
 * mode 0600), with a note beside those that came later. They are read once; what signs is a KeyObject, since parsing a PEM
 * text for every signature halves the throughput of RSA.
 */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { keyRecordName, keyRecordText } from '../dkim2/key-record.ts'
import type { SignerChoice } from './choose-signers.ts'
import { chooseSigners } from './choose-signers.ts'
import { sameEd25519PublicKey } from './cross-check.ts'
import { KeyError, readPrivateKeyFile } from './key-file.ts'
import type { KeyName } from './key-name.ts'
import { isSameName, parseKeyFileName, parseNoteFileName } from './key-name.ts'
import { readNote } from './key-note.ts'
import type { KeyStatus } from './key-status.ts'
import { keyStatuses } from './key-status.ts'
import { keyKindText, keySigner, signingAlgorithm, signingKinds } from './signer.ts'
import type { SigningKey } from './signing-key.ts'

export interface Keyring {
  /** Every key that is not retired, ordered by domain and then selector: their records must be published. */
  readonly keys: readonly SigningKey[]
  /** The status of every key, retired ones too, in the same order. */
  readonly statuses: readonly KeyStatus[]
  /**
   * The keys that sign for a domain.
   *
   * @param domain compared without regard to case
   * @returns in the order of the selectors, or Ed25519, RSA, ML-DSA; none when the domain has no key at all
   * @throws KeyError when a selector has no key, when no key fits the profile, or more than it has room for
   */
  signers(domain: string, choice?: SignerChoice): readonly SigningKey[]
}

/**
 * Reads all keys of a folder. A folder that does not exist is an empty keyring.
 *
 * @param known of an earlier reading of the same folder: its keys are not read again, as key files never change
 * @throws KeyError naming the file when one is unreadable, no PKCS#8 key of a known kind, or open to other users
 */
export async function loadKeyring(folder: string, known?: Keyring): Promise<Keyring> {
  const files = await filesOf(folder)
  const names = files.flatMap(file => parseKeyFileName(file) ?? [])
  const noted = files.flatMap(file => parseNoteFileName(file) ?? [])
  const notes = await Promise.all(noted.map(name => readNote(folder, name)))
  const fileOf = (name: KeyName) => files.find(file => isFileOf(file, name)) ?? ''
  const statuses = keyStatuses(names, notes)
  const keys: SigningKey[] = []
  for (const status of statuses) {
    if (!status.hasFile || status.state === 'retired') continue
    const name = { selector: status.selector, domain: status.domain }
    const before = known?.keys.find(key => isSameName(key, name))
    keys.push(before ?? (await loadKey(join(folder, fileOf(name)), name)))
  }
  return keyring(keys, statuses)
}

/** A keyring of keys that are already there; without statuses every one of them signs. */
export function keyring(
  keys: readonly SigningKey[],
  statuses: readonly KeyStatus[] = keyStatuses(keys.map(nameOf), []),
): Keyring {
  return { keys, statuses, signers: (domain, choice) => chooseSigners(keys, statuses, domain, choice) }
}

/** One key from its file. */
export async function loadKey(
  file: string,
  name: { readonly selector: string; readonly domain: string },
): Promise<SigningKey> {
  const { privateKey, publicKey } = await readPrivateKeyFile(file)
  const algorithm = signingAlgorithm(privateKey)
  if (algorithm === undefined) {
    throw new KeyError(
      `${file}: a key of kind ${keyKindText(privateKey)} cannot sign; expected ${signingKinds}`,
    )
  }
  if (algorithm === 'ed25519-sha256' && !(await sameEd25519PublicKey(privateKey, publicKey))) {
    throw new KeyError(`${file}: private and public key do not belong together`)
  }
  return {
    ...name,
    ...keySigner(name.selector, algorithm, privateKey),
    file,
    recordName: keyRecordName(name.selector, name.domain),
    record: keyRecordText(publicKey),
    publicKey,
  }
}

function nameOf({ selector, domain }: KeyName): KeyName {
  return { selector, domain }
}

/** Domains of file names are read without regard to case. */
function isFileOf(file: string, name: KeyName): boolean {
  const parsed = parseKeyFileName(file)
  return parsed !== undefined && isSameName(parsed, name)
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new KeyError(`${folder}: the keys folder cannot be read (${(cause as Error).message})`, { cause })
  }
}
