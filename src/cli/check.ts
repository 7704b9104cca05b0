/** check: the configuration, the keys and what DNS says about them, before mail depends on it. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { databaseFile } from '../config/folders.ts'
import { loadConfig } from '../config/load.ts'
import type { RelayConfig } from '../config/schema.ts'
import type { ListTable, MailingList } from '../lists/list-table.ts'
import { listTable, mailingList } from '../lists/list-table.ts'
import { readListSettings } from '../lists/settings.ts'
import { aliasesOf } from '../service/directory.ts'
import { aliasProblems, keyProblems } from '../service/losing-mail.ts'
import { isSameName } from '../sign/key-name.ts'
import type { Keyring, SigningKey } from '../sign/keyring.ts'
import { loadKeyring } from '../sign/keyring.ts'
import { comparePublished } from '../sign/published.ts'
import type { StoredList } from '../store/list-records.ts'
import { openReader } from '../store/reader.ts'
import { StoreError } from '../store/store-error.ts'
import { folderProblems, remarks } from './check-configuration.ts'
import type { CheckReport, ComparedKey } from './check-text.ts'
import { isGood, reportJson, reportText } from './check-text.ts'
import type { DnsOptions } from './dns-source.ts'
import { chosenResolver, withDns } from './dns-source.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import { findOwnRecords } from './own-records/find.ts'
import type { Finish } from './program.ts'
import type { Terminal } from './terminal.ts'
import { jsonText } from './terminal.ts'

type CheckOptions = ConfigOption & JsonOption & DnsOptions

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
    remarks: remarks(config, keyring),
  }
}

function stateOf(keyring: Keyring, key: SigningKey): ComparedKey['standing'] {
  return keyring.standings.find(one => isSameName(one, key))?.state ?? 'active'
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
