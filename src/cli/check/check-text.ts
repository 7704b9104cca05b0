/** What `check` has found, for people and for programs. */
import { printable } from '../../message/printable.ts'
import type { OwnRecord } from '../../service/own-records/own-record.ts'
import type { KeyStatus } from '../../sign/key-status.ts'
import type { PublishedKey } from '../../sign/published.ts'
import { keyReport, recordLines } from '../keys-text.ts'
import type { Style, Terminal } from '../terminal.ts'
import { styled, tableText } from '../terminal.ts'
import { ownRecordsText } from './own-records-text.ts'

export interface ComparedKey extends PublishedKey {
  readonly keyState: KeyStatus['state']
}

export interface CheckReport {
  readonly config: string
  /** Everything beside the keys. */
  readonly records: readonly OwnRecord[]
  readonly published: readonly ComparedKey[]
  /** What will not work as it stands. */
  readonly problems: readonly string[]
  /** What works, but not as one would wish. */
  readonly remarks: readonly string[]
}

export function isGood(report: CheckReport): boolean {
  const isBroken = report.records.some(one => one.breaksMail)
  return report.problems.length === 0 && !isBroken && report.published.every(isPublishedWell)
}

/** The record of a new key may be missing: until it is there, the old key signs. */
function isPublishedWell({ state, keyState }: ComparedKey): boolean {
  return state === 'ok' || (state === 'missing' && keyState === 'pending')
}

export function reportJson(report: CheckReport): unknown {
  return {
    ok: isGood(report),
    config: report.config,
    keys: report.published.map(one => ({
      ...keyReport(one.key),
      state: one.keyState,
      published: one.state,
      found: one.found ?? null,
    })),
    records: report.records,
    problems: report.problems,
    remarks: report.remarks,
  }
}

const stateStyles: Readonly<Record<PublishedKey['state'], Style>> = {
  ok: 'green',
  missing: 'yellow',
  different: 'red',
  unknown: 'yellow',
}

export function reportText(report: CheckReport, terminal: Terminal): string {
  const toPublish = report.published.filter(one => one.state === 'missing' || one.state === 'different')
  const parts = [`${report.config} is valid.\n`]
  if (report.published.length > 0) parts.push(publishedTable(report.published, terminal))
  if (toPublish.length > 0) parts.push(`Publish:\n${recordLines(toPublish.map(one => one.key))}`)
  parts.push(ownRecordsText(report.records, terminal))
  for (const problem of report.problems)
    parts.push(`${styled(terminal, 'red', 'problem')}: ${printable(problem)}\n`)
  for (const remark of report.remarks) parts.push(`remark: ${printable(remark)}\n`)
  return parts.join('\n')
}

/** The state stands last, so that its colour moves no column. */
function publishedTable(published: readonly ComparedKey[], terminal: Terminal): string {
  const rows = published.map(({ key, keyState, state, found }) => [
    key.recordName,
    key.algorithm,
    keyState,
    styled(terminal, stateStyles[state], state) + (found === undefined ? '' : `  ${printable(found)}`),
  ])
  return tableText(['RECORD', 'ALGORITHM', 'STATE', 'PUBLISHED'], rows)
}
