/** Rotation, last step: an old key is removed once nothing that it has signed can still be on its way. */
import { join } from 'node:path'
import { keyRecordName } from '../dkim2/key-record.ts'
import { KeyError, removeFile } from './key-file.ts'
import { isSameName, keyFileName } from './key-name.ts'
import { writeNote } from './key-note.ts'
import type { KeyStatus } from './key-status.ts'
import { loadKeyring } from './keyring.ts'

export interface Retirement {
  /** Without it every domain. */
  readonly domain?: string
  /** Only this key; needs the domain. Without it all whose time has come. */
  readonly selector?: string
  /** Also those whose time has not come: what they have signed can then no longer be verified. */
  readonly force: boolean
  readonly nowMilliseconds: number
}

export interface RetiredKey {
  readonly domain: string
  readonly selector: string
  /** Name of the TXT record that is to be removed. */
  readonly recordName: string
}

export interface RetirementReport {
  readonly retired: readonly RetiredKey[]
  /** Keys that are still to be published. */
  readonly kept: readonly KeyStatus[]
}

/**
 * Removes private keys that are out of use.
 *
 * @throws KeyError for a key asked for by name that is not there, that signs, or whose time has not come
 */
export async function retireKeys(folder: string, retirement: Retirement): Promise<RetirementReport> {
  const ring = await loadKeyring(folder)
  const chosen = chosenStatuses(ring.statuses, retirement)
  const due = chosen.filter(one => isDue(one, retirement))
  const retired: RetiredKey[] = []
  for (const one of due) {
    const file = ring.keys.find(key => isSameName(key, one))?.file ?? join(folder, keyFileName(one))
    retired.push(await retireKey(folder, one, file, retirement.nowMilliseconds))
  }
  const kept = chosen.filter(one => one.state === 'retiring' && !due.includes(one))
  return { retired, kept }
}

function chosenStatuses(
  statuses: readonly KeyStatus[],
  { domain, selector, force, nowMilliseconds }: Retirement,
): readonly KeyStatus[] {
  const name = domain?.toLowerCase()
  const ofDomain = statuses.filter(one => name === undefined || one.domain === name)
  if (selector === undefined) return ofDomain
  const found = ofDomain.find(one => one.selector === selector)
  const complaint = complaintOf(found, { force, nowMilliseconds })
  if (found === undefined || complaint !== undefined) {
    throw new KeyError(`${selector}._domainkey.${name ?? ''}: ${complaint}`)
  }
  return [found]
}

/** Why a key that was asked for by name cannot be retired; undefined when it can. */
function complaintOf(
  found: KeyStatus | undefined,
  { force, nowMilliseconds }: Pick<Retirement, 'force' | 'nowMilliseconds'>,
): string | undefined {
  if (found === undefined) return 'there is no such key'
  if (found.state === 'active') return 'this key signs; keys rotate makes another one that takes its place'
  if (found.state !== 'retiring' || force || isPast(found, nowMilliseconds)) return undefined
  return `messages that it has signed may be under way until ${untilText(found)}; --force retires it all the same`
}

function untilText({ removableAt }: KeyStatus): string {
  return removableAt === undefined ? 'a time that is not known' : new Date(removableAt).toISOString()
}

function isPast({ removableAt }: KeyStatus, nowMilliseconds: number): boolean {
  return removableAt !== undefined && removableAt <= nowMilliseconds
}

/** A pending key goes only by name. What a crash has left of a retired one goes always. */
function isDue(one: KeyStatus, { selector, force, nowMilliseconds }: Retirement): boolean {
  if (one.state === 'retired') return one.hasFile
  if (one.state === 'pending') return selector !== undefined
  return one.state === 'retiring' && (force || isPast(one, nowMilliseconds))
}

/** The note first: a key that is noted as retired is not used, whether or not its file is gone. */
async function retireKey(
  folder: string,
  one: KeyStatus,
  file: string,
  retiredAt: number,
): Promise<RetiredKey> {
  const name = { selector: one.selector, domain: one.domain }
  await writeNote(folder, { name, note: { retiredAt, ...one.note } })
  await removeFile(file)
  return { ...name, recordName: keyRecordName(one.selector, one.domain) }
}
