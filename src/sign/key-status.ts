/**
 * The stations of a key, and who takes whose place. Pure: from the names of the files and the notes beside them.
 *
 *     pending ──► active ──► retiring ──► retired
 *     its record  signs      still        removed
 *     not seen               published
 */

import type { KeyName } from './key-name.ts'
import { isSameName } from './key-name.ts'
import type { KeyNote, NamedNote } from './key-note.ts'

export type KeyState = 'pending' | 'active' | 'retiring' | 'retired'

export interface KeyStatus extends KeyName {
  readonly state: KeyState
  /** False where a crash came between note and key, and for what is retired. */
  readonly hasFile: boolean
  /** Selector of the key whose place this one takes. */
  readonly replaces?: string
  /** Selector of the key that signs in the place of this one. */
  readonly replacedBy?: string
  /** From when on a retiring key may be removed; Unix milliseconds, as in the note. */
  readonly removableAt?: number
  readonly note: KeyNote
}

/**
 * The status of every key, those that are gone included.
 *
 * @param files keys whose files are there
 * @param notes in any order
 * @returns ordered by domain and then selector
 */
export function keyStatuses(files: readonly KeyName[], notes: readonly NamedNote[]): KeyStatus[] {
  const withoutFile = notes
    .map(({ name }) => name)
    .filter(name => !files.some(file => isSameName(file, name)))
  const entries = [
    ...files.map(name => ({ name, note: noteOf(name, notes), hasFile: true })),
    ...withoutFile.map(name => ({ name, note: noteOf(name, notes), hasFile: false })),
  ]
  return entries
    .map(entry => status(entry, entries))
    .toSorted((a, b) => compareText(a.domain, b.domain) || compareText(a.selector, b.selector))
}

interface Entry {
  readonly name: KeyName
  readonly note: KeyNote | undefined
  readonly hasFile: boolean
}

function noteOf(name: KeyName, notes: readonly NamedNote[]): KeyNote | undefined {
  return notes.find(entry => isSameName(entry.name, name))?.note
}

function status({ name, note, hasFile }: Entry, entries: readonly Entry[]): KeyStatus {
  const successor = entries.find(entry => isSuccessor(entry, name))
  const state = stateOf(note, successor)
  const removableAt = state === 'retiring' ? successor?.note?.replacedUntil : undefined
  return {
    ...name,
    state,
    hasFile,
    ...(note?.replaces === undefined ? {} : { replaces: note.replaces }),
    ...(successor === undefined ? {} : { replacedBy: successor.name.selector }),
    ...(removableAt === undefined ? {} : { removableAt }),
    note: note ?? {},
  }
}

function stateOf(note: KeyNote | undefined, successor: Entry | undefined): KeyState {
  if (note?.retiredAt !== undefined) return 'retired'
  if (note !== undefined && note.activeSince === undefined) return 'pending'
  return successor === undefined ? 'active' : 'retiring'
}

/** A key takes over when it signs; one that somebody has deleted gives the place back. */
function isSuccessor({ name, note, hasFile }: Entry, of: KeyName): boolean {
  if (note?.replaces !== of.selector || name.domain !== of.domain) return false
  return note.activeSince !== undefined && (hasFile || note.retiredAt !== undefined)
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
