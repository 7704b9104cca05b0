/** check: the configuration, the keys and what DNS says about them, before mail depends on it. */
import type { Command } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { leavingAddresses } from '../../service/leaving-addresses.ts'
import { aliasFaults, keyProblems } from '../../service/losing-mail.ts'
import { openOutside } from '../../service/outside/outside.ts'
import { foreignAddresses } from '../../service/own-machine.ts'
import { findOwnRecords } from '../../service/own-records/find-own-records.ts'
import { unreadRoles } from '../../service/role-addresses.ts'
import { isSameName } from '../../sign/key-name.ts'
import type { KeyStatus } from '../../sign/key-status.ts'
import type { Keyring } from '../../sign/keyring.ts'
import { loadKeyring } from '../../sign/keyring.ts'
import { comparePublished } from '../../sign/published.ts'
import type { SigningKey } from '../../sign/signing-key.ts'
import type { DnsOptions } from '../dns-source.ts'
import { chosenResolver, withDns } from '../dns-source.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'
import { folderProblems, remarks } from './check-configuration.ts'
import type { CheckReport } from './check-text.ts'
import { isGood, reportJson, reportText } from './check-text.ts'
import { listsOf, readStored } from './stored-lists.ts'

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

/** Looks everything over, without printing. */
export async function check(
  options: ConfigOption & DnsOptions,
  terminal: Pick<Terminal, 'clock' | 'progress'>,
): Promise<CheckReport> {
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
      return { ...compared, keyState: stateOf(keyring, key) }
    }),
  )
  terminal.progress('DNS: records of the relay and its domains')
  const records = await findOwnRecords(config, resolver, terminal.clock())
  terminal.progress('')
  const outside = await readStored(
    config,
    store => openOutside(config, store),
    await openOutside(config, undefined),
  )
  const faults = aliasFaults(config, outside.aliases, await listsOf(config), outside.entries())
  return {
    config: options.config,
    records,
    published,
    problems: [
      ...folderProblems(config),
      ...keyProblems(config, keyring),
      ...faults.loops,
      ...faults.nowhere,
      ...unreadRoles(config, outside.aliases),
      ...(await foreignAddresses(leavingAddresses(config).map(({ address }) => address))),
    ],
    remarks: remarks(config, keyring),
  }
}

function stateOf(keyring: Keyring, key: SigningKey): KeyStatus['state'] {
  return keyring.statuses.find(one => isSameName(one, key))?.state ?? 'active'
}
