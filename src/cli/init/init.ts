/** init: the first configuration of a relay with its folders and keys, and what has to be published for it. */
import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import { existingConfigFile } from '../../config/config-file.ts'
import { loadConfig, parseConfig } from '../../config/load.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { zoneResolver } from '../../dns/zone-resolver.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { findOwnRecords } from '../../service/own-records/find-own-records.ts'
import { ensureKeys } from '../../sign/generate.ts'
import type { SigningKey } from '../../sign/signing-key.ts'
import { check } from '../check/check.ts'
import type { CheckReport } from '../check/check-text.ts'
import { reportJson, reportText } from '../check/check-text.ts'
import { type DnsOptions, withDns } from '../dns-source.ts'
import { keyReport, recordLines } from '../keys-text.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { collect, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, UsageError } from '../terminal.ts'
import type { InitOptions } from './answers.ts'
import { gatherAnswers } from './answers.ts'
import { Questions } from './questions.ts'
import { firstSettings, type Places } from './settings.ts'
import { refuseOtherPackage, writeConfig } from './write-files.ts'

interface Options extends InitOptions, ConfigOption, JsonOption, DnsOptions {
  readonly certificate?: string
  readonly certificateKey?: string
  readonly state: string
  /** False with --no-check. */
  readonly check: boolean
}

interface Made {
  readonly files: readonly string[]
  readonly config: RelayConfig
  readonly keys: readonly SigningKey[]
  /** Lines of zone files: everything that may be published. */
  readonly zone: string
}

/** Adds `init`. */
export function initCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withDns(withJson(withConfig(program.command('init'))))
    .description('write a first configuration, make folders and keys, and print what to publish')
    .option('--hostname <name>', 'name of this host in DNS')
    .option('--domain <name>', 'domain that it takes mail for; may be given several times', collect)
    .option(
      '--alias <address=targets>',
      'an alias, its targets with commas; may be given several times',
      collect,
    )
    .option('--postmaster <address>', 'who reads the mail for postmaster')
    .option('--address <ip>', 'IP address to listen on')
    .option('--port <number>', 'TCP port for STARTTLS')
    .option('--tls-port <number>', 'TCP port for implicit TLS; 0 for none')
    .option('--certificate <file>', 'PEM file of the certificate of the listeners')
    .option('--certificate-key <file>', 'PEM file of its private key')
    .addOption(
      new Option('--state <folder>', 'folder of data and keys').default('.').env('DKIM2_RELAY_STATE'),
    )
    .option('--yes', 'ask nothing: what no option says is as usual')
    .option('--no-check', 'do not ask DNS what is published already')
    .action(async (options: Options) => {
      const made = await init(options, terminal)
      const report = options.check ? await check(options, terminal) : undefined
      terminal.out(options.json ? initJson(made, report) : initText(made, report, terminal))
      finish(0)
    })
}

async function init(options: Options, terminal: Terminal): Promise<Made> {
  const file = options.config
  const there = await existingConfigFile(file)
  if (there !== undefined) throw new UsageError(`${there}: is already there and is never overwritten`)
  refuseOtherPackage(file)
  const places = placesOf(options)
  using questions = new Questions(terminal, options.yes === true)
  const settings = firstSettings(await gatherAnswers(options, questions), places)
  parseConfig(settings, { file: 'what init was told', folder: dirname(resolve(file)) })
  const files = await writeConfig(file, settings)
  const config = await loadConfig(file).catch(async error => {
    for (const written of files) await rm(written, { force: true })
    throw error
  })
  terminal.progress('making keys')
  for (const folder of [config.dataDirectory, config.keysDirectory]) await makeFolder(folder)
  const { keyring } = await ensureKeys(config.keysDirectory, Object.keys(config.domains))
  terminal.progress('')
  const own = keyring.keys.filter(key => config.domains[key.domain] !== undefined)
  return { files, config, keys: own, zone: await zoneOf(config, own, terminal.clock()) }
}

function placesOf({ state, certificate, certificateKey }: Options): Places {
  const isHere = state === '.'
  const folders = {
    dataDirectory: isHere ? './data' : join(resolve(state), 'data'),
    keysDirectory: isHere ? './keys' : join(resolve(state), 'keys'),
  }
  if ((certificate === undefined) !== (certificateKey === undefined)) {
    throw new UsageError('--certificate and --certificate-key go together')
  }
  if (certificate === undefined || certificateKey === undefined) return folders
  return {
    ...folders,
    certificate: { certificateFile: resolve(certificate), keyFile: resolve(certificateKey) },
  }
}

/** What `check` would have published if DNS held nothing at all. */
async function zoneOf(config: RelayConfig, keys: readonly SigningKey[], now: number): Promise<string> {
  const records = await findOwnRecords(config, zoneResolver({}), now)
  const lines = records.flatMap(({ zoneLines }) => zoneLines)
  return [recordLines(keys).trimEnd(), ...lines, ''].join('\n')
}

function initText(made: Made, report: CheckReport | undefined, terminal: Terminal): string {
  const { config, files, zone } = made
  return [
    `Written: ${files.join(', ')}\nData: ${config.dataDirectory}\nKeys: ${config.keysDirectory}\n`,
    `DNS records to publish:\n${zone}`,
    ...(report === undefined ? [] : [reportText(report, terminal)]),
    'Next: dkim2-relay start\n',
  ].join('\n')
}

function initJson({ config, files, keys, zone }: Made, report: CheckReport | undefined): string {
  const { dataDirectory, keysDirectory } = config
  const checked = report === undefined ? null : reportJson(report)
  return jsonText({ files, dataDirectory, keysDirectory, keys: keys.map(keyReport), zone, check: checked })
}
