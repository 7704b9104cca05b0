/** Where a command asks for DNS records: a zone file, one name server, or those that the configuration names. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { nameServer } from '../config/fields.ts'
import type { RelayConfig } from '../config/schema.ts'
import type { SurveyResolver } from '../dns/resolver.ts'
import { stubResolver } from '../dns/stub-resolver.ts'
import type { Zone } from '../dns/zone-resolver.ts'
import { zoneResolver } from '../dns/zone-resolver.ts'
import { resolverSettings } from '../service/settings.ts'
import { UsageError } from './terminal.ts'

export interface DnsOptions {
  readonly dns?: string
  readonly resolver?: string
  /** The answers count as validated with DNSSEC where the name server, or the zone file, says so. */
  readonly dnssec?: true
}

/** Patience with a name server where no configuration says otherwise. */
const defaults: RelayConfig['resolver'] = { validates: false, timeoutMilliseconds: 3_000, tries: 2 }

export function withDns(command: Command): Command {
  return command
    .option('--dns <zone.json>', 'answer DNS questions from this file; `keys dns --json` writes one')
    .option('--resolver <address>', 'ask this name server: address or address:port')
}

/**
 * The resolver that the options name.
 *
 * @param settings of the configuration, where the command has one
 * @throws UsageError for a file that is no zone, or an address that is none
 */
export async function chosenResolver(
  options: DnsOptions,
  settings: RelayConfig['resolver'] = defaults,
): Promise<SurveyResolver> {
  if (options.dns !== undefined && options.resolver !== undefined) {
    throw new UsageError('--dns and --resolver exclude each other')
  }
  if (options.dns !== undefined) return readZone(options.dns, options.dnssec === true)
  if (options.resolver === undefined) {
    const validates = settings.validates || options.dnssec === true
    return stubResolver(resolverSettings({ ...settings, validates }, randomBytes))
  }
  if (!nameServer.safeParse(options.resolver).success) {
    throw new UsageError(
      `--resolver ${options.resolver}: expected an address such as 192.0.2.53 or 127.0.0.1:5353`,
    )
  }
  const named = { ...settings, servers: [options.resolver], validates: options.dnssec === true }
  return stubResolver(resolverSettings(named, randomBytes))
}

async function readZone(file: string, authentic: boolean): Promise<SurveyResolver> {
  try {
    return zoneResolver(JSON.parse(await readFile(file, 'utf8')) as Zone, { authentic })
  } catch (cause) {
    throw new UsageError(`${file}: is no zone file: ${(cause as Error).message}`, { cause })
  }
}
