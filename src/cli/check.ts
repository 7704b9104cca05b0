/** check: the configuration, the keys and what DNS says about them, before mail depends on it. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { databaseFile } from '../config/folders.ts'
import { loadConfig } from '../config/load.ts'
import type { RelayConfig } from '../config/schema.ts'
import type { ListTable, MailingList } from '../lists/list-table.ts'
import { listTable, mailingList } from '../lists/list-table.ts'
import { readListSettings } from '../lists/settings.ts'
import { printable } from '../log/printable.ts'
import { foldedLocalPart } from '../message/mailbox.ts'
import { lifeRemarks } from '../queue/end-of-life.ts'
import { aliasesOf } from '../service/directory.ts'
import { aliasProblems, keyProblems } from '../service/losing-mail.ts'
import { isSameName } from '../sign/key-name.ts'
import type { KeyStanding } from '../sign/key-standing.ts'
import type { Keyring, SigningKey } from '../sign/keyring.ts'
import { loadKeyring } from '../sign/keyring.ts'
import type { PublishedKey } from '../sign/published.ts'
import { comparePublished } from '../sign/published.ts'
import type { StoredList } from '../store/list-records.ts'
import { refuseOpenFolder } from '../store/private-files.ts'
import { openReader } from '../store/reader.ts'
import { StoreError } from '../store/store-error.ts'
import type { DnsOptions } from './dns-source.ts'
import { chosenResolver, withDns } from './dns-source.ts'
import { keyReport, recordLines } from './keys-text.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import { findOwnRecords } from './own-records/find.ts'
import type { OwnRecord } from './own-records/own-record.ts'
import { ownRecordsText } from './own-records-text.ts'
import type { Finish } from './program.ts'
import type { Style, Terminal } from './terminal.ts'
import { jsonText, styled, tableText } from './terminal.ts'

type CheckOptions = ConfigOption & JsonOption & DnsOptions

interface ComparedKey extends PublishedKey {
  readonly standing: KeyStanding['state']
}

interface CheckReport {
  readonly config: string
  /** Everything beside the keys. */
  readonly records: readonly OwnRecord[]
  readonly published: readonly ComparedKey[]
  /** What will not work as it stands. */
  readonly problems: readonly string[]
  /** What works, but not as one would wish. */
  readonly remarks: readonly string[]
}

/** Adds `check`. */
export function checkCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withDns(withJson(withConfig(program.command('check'))))
    .description('look over the configuration, the keys and their published DNS records')
    .action(async (options: CheckOptions) => {
      const report = await check(options, terminal)
      terminal.out(options.json ? jsonText(reportJson(report)) : reportText(report, terminal))
      finish(isGood(report) ? 0 : 1)
    })
}

async function check(options: CheckOptions, terminal: Terminal): Promise<CheckReport> {
  const config = await loadConfig(options.config)
  const keyring = await loadKeyring(config.keysDirectory)
  const resolver = await chosenResolver(options, config.resolver)
  const own = keyring.keys.filter(key => config.domains[key.domain] !== undefined)
  let answered = 0
  const published = await Promise.all(
    own.map(async key => {
      const compared = comparePublished(key, await resolver.txt(key.recordName))
      answered += 1
      terminal.progress(`DNS: ${answered} of ${own.length} key records`)
      return { ...compared, standing: stateOf(keyring, key) }
    }),
  )
  terminal.progress('DNS: records of the relay and its domains')
  const records = await findOwnRecords(config, resolver, terminal.clock())
  terminal.progress('')
  return {
    config: options.config,
    records,
    published,
    problems: [
      ...folderProblems(config),
      ...keyProblems(config, keyring),
      ...aliasProblems(config, aliasesOf(config), listsOf(config)),
    ],
    remarks: [...remarks(config, keyring), ...lifeRemarksOf(config)],
  }
}

function stateOf(keyring: Keyring, key: SigningKey): KeyStanding['state'] {
  return keyring.standings.find(one => isSameName(one, key))?.state ?? 'active'
}

function folderProblems({ dataDirectory }: RelayConfig): string[] {
  if (!existsSync(dataDirectory)) return []
  try {
    refuseOpenFolder(dataDirectory)
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

/** Settings with which failures cannot be returned, or nobody is warned. */
function lifeRemarksOf({ queue, bounces }: RelayConfig): string[] {
  const { delayWarningSeconds, tokenLifetimeSeconds } = bounces
  return lifeRemarks({
    lifetimeMilliseconds: queue.lifetimeSeconds * 1000,
    warnAfterMilliseconds: delayWarningSeconds > 0 ? delayWarningSeconds * 1000 : undefined,
    tokenLifetimeMilliseconds: tokenLifetimeSeconds * 1000,
  })
}

/** None before the first start, which makes the database or brings it up to date. */
function listsOf(config: RelayConfig): ListTable {
  const file = databaseFile(config)
  if (!existsSync(file)) return listTable([])
  try {
    const reader = openReader(file)
    const stored = reader.lists()
    reader.close()
    return listTable(stored.flatMap(readList))
  } catch (error) {
    if (error instanceof StoreError && ['older', 'open-to-others'].includes(error.code)) return listTable([])
    throw error
  }
}

/** A list whose settings cannot be read is told by the relay itself. */
function readList(stored: StoredList): MailingList[] {
  const reading = readListSettings(stored.settings)
  return reading.kind === 'read' ? [mailingList(stored, reading.settings)] : []
}

function remarks(config: RelayConfig, keyring: Keyring): string[] {
  const lines: string[] = []
  for (const [domain, { aliases }] of Object.entries(config.domains)) {
    if (!keyring.keys.some(key => key.domain === domain)) {
      lines.push(`${domain} has no key yet; the start makes an Ed25519 and an RSA key`)
    }
    const names = Object.keys(aliases).map(foldedLocalPart)
    if (config.postmaster === undefined && !names.includes('postmaster') && !names.includes('*')) {
      lines.push(
        `${domain} takes no mail for postmaster, which RFC 5321 demands: set postmaster or an alias of that name`,
      )
    }
  }
  return lines
}

function isGood(report: CheckReport): boolean {
  const isBroken = report.records.some(one => one.breaksMail)
  return report.problems.length === 0 && !isBroken && report.published.every(isPublishedWell)
}

/** The record of a new key may be missing: until it is there, the old key signs. */
function isPublishedWell({ state, standing }: ComparedKey): boolean {
  return state === 'ok' || (state === 'missing' && standing === 'pending')
}

function reportJson(report: CheckReport): unknown {
  return {
    ok: isGood(report),
    config: report.config,
    keys: report.published.map(one => ({
      ...keyReport(one.key),
      state: one.standing,
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

function reportText(report: CheckReport, terminal: Terminal): string {
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
  const rows = published.map(({ key, standing, state, found }) => [
    key.recordName,
    key.algorithm,
    standing,
    styled(terminal, stateStyles[state], state) + (found === undefined ? '' : `  ${printable(found)}`),
  ])
  return tableText(['RECORD', 'ALGORITHM', 'STATE', 'PUBLISHED'], rows)
}
