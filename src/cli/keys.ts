/** keys generate | list | dns | export | rotate | retire: the signing keys and the records to publish for them. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import { loadConfig } from '../config/load.ts'
import { rotateBounceKey } from '../sign/bounce-keys.ts'
import type { KeyKind } from '../sign/generate.ts'
import { addKeys, ensureKeys, keyKinds, usualKinds } from '../sign/generate.ts'
import type { Keyring } from '../sign/keyring.ts'
import { loadKeyring } from '../sign/keyring.ts'
import { keyZone } from '../sign/published.ts'
import { retireKeys } from '../sign/retire.ts'
import { rotateKeys } from '../sign/rotate.ts'
import type { SigningKey } from '../sign/signing-key.ts'
import { addExport } from './keys-export.ts'
import { keyReport, keyStatusReport, listText, madeText, recordLines, retiredText } from './keys-text.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, UsageError } from './terminal.ts'

interface KeysOptions extends ConfigOption, JsonOption {
  readonly keys?: string
  readonly domain?: string
}

interface GenerateOptions extends KeysOptions {
  readonly selector?: string
  readonly algorithm?: KeyKind
}

interface RotateOptions extends KeysOptions {
  readonly algorithm?: KeyKind
  readonly bounceAddresses?: true
}

interface RetireOptions extends KeysOptions {
  readonly selector?: string
  readonly force?: true
}

/** Adds `keys` with its subcommands. */
export function keysCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const keys = program.command('keys').description('signing keys and the DNS records to publish for them')
  addGenerate(keys, terminal, finish)
  addList(keys, terminal, finish)
  addDns(keys, terminal, finish)
  addExport(keys, terminal, finish)
  addRotate(keys, terminal, finish)
  addRetire(keys, terminal, finish)
}

function addGenerate(keys: Command, terminal: Terminal, finish: Finish): void {
  keysOptions(keys.command('generate'))
    .description('make a key; without --algorithm an Ed25519 and an RSA key')
    .option('--selector <name>', 'selector of the new key; needs --algorithm')
    .addOption(new Option('--algorithm <kind>', 'kind of key').choices(keyKinds))
    .action(async (options: GenerateOptions) => {
      const { made, ring } = await generate(options, terminal)
      const text = made.length === 0 ? 'Every domain has its keys; nothing was made.\n' : madeText(made, ring)
      terminal.out(options.json ? jsonText(made.map(keyReport)) : text)
      finish(0)
    })
}

function addList(keys: Command, terminal: Terminal, finish: Finish): void {
  keysOptions(keys.command('list').description('list the keys and what becomes of them')).action(
    async (options: KeysOptions) => {
      const ring = await loadKeyring(await keysFolder(options))
      const rows = ring.statuses.filter(one => isChosen(one, options)).map(one => keyStatusReport(one, ring))
      terminal.out(options.json ? jsonText(rows) : listText(rows))
      finish(0)
    },
  )
}

function addDns(keys: Command, terminal: Terminal, finish: Finish): void {
  keysOptions(keys.command('dns'))
    .description('print the DNS records; with --json in the form that verify --dns reads')
    .action(async (options: KeysOptions) => {
      const ring = await loadKeyring(await keysFolder(options))
      const found = ring.keys.filter(key => isChosen(key, options))
      const readers = options.keys === undefined ? await readerDomains(options) : []
      terminal.out(options.json ? jsonText(keyZone(found, readers)) : recordLines(found, readers))
      finish(0)
    })
}

/** Domains whose keys readers' programs look for too. */
async function readerDomains(options: KeysOptions): Promise<string[]> {
  const { domains } = await loadConfig(options.config)
  return Object.entries(domains).flatMap(([domain, { bimi }]) => (bimi === undefined ? [] : [domain]))
}

function addRotate(keys: Command, terminal: Terminal, finish: Finish): void {
  withConfig(withJson(keys.command('rotate')))
    .description('make successors for the keys that sign; each is used once its record is seen in DNS')
    .option('--domain <domain>', 'whose keys')
    .option('--keys <folder>', 'keys folder; without it the one of the configuration')
    .addOption(new Option('--algorithm <kind>', 'only the key of this kind').choices(keyKinds))
    .option('--bounce-addresses', 'the key of the bounce addresses instead; it stands in no DNS')
    .action(async (options: RotateOptions) => {
      const { domain, algorithm } = options
      if (options.bounceAddresses === true) {
        await rotateBounceAddresses(options, terminal)
        finish(0)
        return
      }
      if (domain === undefined) {
        throw new UsageError('--domain says whose signing keys, --bounce-addresses means the key of those')
      }
      const folder = await keysFolder(options)
      terminal.progress(`making keys for ${domain}`)
      const nowMilliseconds = terminal.clock()
      const kind = algorithm === undefined ? {} : { kind: algorithm }
      const rotated = await rotateKeys(folder, { domain, ...kind, nowMilliseconds })
      terminal.progress('')
      const made = rotated.map(({ key }) => key)
      const report = rotated.map(({ key, replaces }) => ({ ...keyReport(key), replaces }))
      terminal.out(options.json ? jsonText(report) : madeText(made, await loadKeyring(folder)))
      finish(0)
    })
}

/** The life of the addresses stands in the configuration. */
async function rotateBounceAddresses(options: RotateOptions, terminal: Terminal): Promise<void> {
  if (options.domain !== undefined || options.algorithm !== undefined) {
    throw new UsageError(
      '--bounce-addresses goes with neither --domain nor --algorithm: all domains share one key',
    )
  }
  const config = await loadConfig(options.config)
  const folder = options.keys === undefined ? config.keysDirectory : resolve(options.keys)
  const acceptedUntil = await rotateBounceKey(folder, {
    nowMilliseconds: terminal.clock(),
    tokenLifetimeMilliseconds: config.bounces.tokenLifetimeSeconds * 1000,
    random: octets => terminal.random(octets),
  })
  const until = new Date(acceptedUntil).toISOString()
  const text = `Bounce addresses are made with a new key: a running relay takes it up within a minute.\nThose of the old key are accepted until ${until}; then the relay removes it.\n`
  terminal.out(options.json ? jsonText({ acceptedUntil: until }) : text)
}

function addRetire(keys: Command, terminal: Terminal, finish: Finish): void {
  keysOptions(keys.command('retire'))
    .description('remove keys that nobody needs any more, and say which DNS records may go')
    .option('--selector <name>', 'only this key; needs --domain')
    .option('--force', 'also before its time: what it has signed can then no longer be verified')
    .action(async (options: RetireOptions) => {
      const { selector, domain, force } = options
      if (domain === undefined && (selector !== undefined || force === true)) {
        throw new UsageError('--selector and --force need --domain')
      }
      const report = await retireKeys(await keysFolder(options), {
        ...(domain === undefined ? {} : { domain }),
        ...(selector === undefined ? {} : { selector }),
        force: force === true,
        nowMilliseconds: terminal.clock(),
      })
      terminal.out(options.json ? jsonText(retireReport(report)) : retiredText(report))
      finish(0)
    })
}

function retireReport({ retired, kept }: Awaited<ReturnType<typeof retireKeys>>): unknown {
  return {
    retired,
    kept: kept.map(({ domain, selector, removableAt }) => ({
      domain,
      selector,
      removableAt: removableAt === undefined ? null : new Date(removableAt).toISOString(),
    })),
  }
}

function keysOptions(command: Command): Command {
  return withJson(withConfig(command))
    .option('--keys <folder>', 'keys folder; without it the one of the configuration')
    .option('--domain <domain>', 'only this domain')
}

async function keysFolder(options: KeysOptions): Promise<string> {
  return options.keys === undefined ? (await loadConfig(options.config)).keysDirectory : resolve(options.keys)
}

function isChosen(key: { readonly domain: string }, options: KeysOptions): boolean {
  return options.domain === undefined || key.domain === options.domain.toLowerCase()
}

interface Made {
  readonly made: readonly SigningKey[]
  readonly ring: Keyring
}

/** Without a domain: whatever the own domains lack, as the start would make it. */
async function generate(options: GenerateOptions, terminal: Terminal): Promise<Made> {
  const { domain, selector, algorithm } = options
  if (selector !== undefined && algorithm === undefined) {
    throw new UsageError(
      `--selector names one key: say which kind with --algorithm (${keyKinds.join(' or ')})`,
    )
  }
  const folder = await keysFolder(options)
  if (domain === undefined) {
    if (algorithm !== undefined) throw new UsageError('--algorithm needs --domain')
    const { domains } = await loadConfig(options.config)
    const { generated, keyring } = await ensureKeys(folder, Object.keys(domains))
    return { made: generated, ring: keyring }
  }
  terminal.progress(`making keys for ${domain}`)
  const made = await addKeys(folder, {
    domain,
    kinds: algorithm === undefined ? usualKinds : [algorithm],
    ...(selector === undefined ? {} : { selector }),
    nowMilliseconds: terminal.clock(),
  })
  terminal.progress('')
  return { made, ring: await loadKeyring(folder) }
}
