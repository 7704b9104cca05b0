/** Keys as the commands print them, for people and for programs. Nothing of a private half is in any of it. */
import { printable } from '../message/printable.ts'
import { isSameName } from '../sign/key-name.ts'
import type { KeyStatus } from '../sign/key-status.ts'
import type { Keyring } from '../sign/keyring.ts'
import { recordNames } from '../sign/published.ts'
import type { RetirementReport } from '../sign/retire.ts'
import type { SigningKey } from '../sign/signing-key.ts'
import { zoneFileLine } from '../sign/zone-line.ts'
import { tableText } from './terminal.ts'

/** A key as programs read it. */
export interface KeyReport {
  readonly domain: string
  readonly selector: string
  readonly algorithm: string
  readonly file: string
  readonly recordName: string
  readonly record: string
}

/** A key and what becomes of it. Times are ISO 8601; null: not known, or not yet. */
export interface KeyStatusReport {
  readonly domain: string
  readonly selector: string
  readonly state: KeyStatus['state']
  /** null for a key that is gone. */
  readonly algorithm: string | null
  readonly file: string | null
  readonly recordName: string | null
  readonly record: string | null
  readonly replaces: string | null
  readonly replacedBy: string | null
  readonly madeAt: string | null
  readonly activeSince: string | null
  /** From when on keys retire removes it. */
  readonly removableAt: string | null
  readonly retiredAt: string | null
}

export function keyReport(key: SigningKey): KeyReport {
  const { domain, selector, algorithm, file, recordName, record } = key
  return { domain, selector, algorithm, file, recordName, record }
}

export function keyStatusReport(status: KeyStatus, ring: Keyring): KeyStatusReport {
  const { domain, selector, state, note } = status
  const key = ring.keys.find(candidate => isSameName(candidate, status))
  return {
    domain,
    selector,
    state,
    algorithm: key?.algorithm ?? null,
    file: key?.file ?? null,
    recordName: key?.recordName ?? null,
    record: key?.record ?? null,
    replaces: status.replaces ?? null,
    replacedBy: status.replacedBy ?? null,
    madeAt: timeText(note.madeAt),
    activeSince: timeText(note.activeSince),
    removableAt: timeText(status.removableAt),
    retiredAt: timeText(note.retiredAt),
  }
}

function timeText(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString()
}

export function listText(rows: readonly KeyStatusReport[]): string {
  if (rows.length === 0) return 'No keys.\n'
  const cells = rows.map(row => [
    row.domain,
    row.selector,
    row.algorithm ?? '-',
    row.state,
    becomingText(row),
    printable(row.file ?? '-'),
  ])
  return tableText(['DOMAIN', 'SELECTOR', 'ALGORITHM', 'STATE', 'TIMES', 'FILE'], cells)
}

function becomingText(row: KeyStatusReport): string {
  const place = row.replaces === null ? '' : `, takes the place of ${row.replaces}`
  switch (row.state) {
    case 'pending':
      return row.file === null ? 'not complete: rotate again' : `made ${row.madeAt ?? '?'}${place}`
    case 'active':
      return row.activeSince === null ? '-' : `since ${row.activeSince}`
    case 'retiring':
      return `publish until ${row.removableAt ?? '?'}; ${row.replacedBy} signs`
    case 'retired':
      return `since ${row.retiredAt ?? '?'}`
  }
}

/** What was made, what to publish, and from when on it is used. */
export function madeText(made: readonly SigningKey[], ring: Keyring): string {
  const waits = made.some(key => ring.statuses.some(one => isSameName(one, key) && one.state === 'pending'))
  const lines = made.map(key => `made ${key.file}\n`).join('')
  const remark = waits
    ? '\nThe running relay signs with a new key once it sees its record; until then nothing changes.\n'
    : ''
  return `${lines}\nPublish:\n${recordLines(made)}${remark}`
}

/** The records as lines of a zone file. @param readers as `keyZone` has it */
export function recordLines(keys: readonly SigningKey[], readers: readonly string[] = []): string {
  return keys
    .flatMap(key => recordNames(key, readers).map(name => `${zoneFileLine(name, key.record)}\n`))
    .join('')
}

export function retiredText({ retired, kept }: RetirementReport): string {
  const stays = kept.map(
    one =>
      `${one.selector}._domainkey.${one.domain} stays published until ${timeText(one.removableAt) ?? '?'}\n`,
  )
  const gone =
    retired.length === 0
      ? 'Nothing to retire.\n'
      : `Remove from DNS:\n${retired.map(one => `${one.recordName}. IN TXT\n`).join('')}`
  return gone + stays.join('')
}
