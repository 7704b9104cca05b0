/** keys export: the keys that chains are verified with, as a zone file for a place without name servers. */
import type { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import type { Resolver } from '../dns/resolver.ts'
import { loadKeyring } from '../sign/keyring.ts'
import { keyZone } from '../sign/published.ts'
import type { Store } from '../store/store.ts'
import { withStore } from './database.ts'
import { chosenResolver, type DnsOptions, withDns } from './dns-source.ts'
import type { ConfigOption } from './options.ts'
import { withConfig } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText } from './terminal.ts'

interface ExportOptions extends ConfigOption, DnsOptions {
  readonly name?: readonly string[]
  readonly seen?: true
}

/** Messages of the hop log that are read at once. */
const pageSize = 500

type Zone = Record<string, Record<string, [type: 'txt', text: string][]>>

/** Adds `keys export`. */
export function addExport(keys: Command, terminal: Terminal, finish: Finish): void {
  withDns(withConfig(keys.command('export')))
    .description(
      'print keys as a zone file for `resolver.zoneFile`: those of this relay, and others as DNS has them now',
    )
    .option('--name <name...>', 'also the TXT records at these names, such as ed._domainkey.origin.example')
    .option('--seen', 'also the keys of every hop of every message in the hop log')
    .action(async (options: ExportOptions) => {
      const config = await loadConfig(options.config)
      const ring = await loadKeyring(config.keysDirectory)
      const names = new Set(options.name ?? [])
      if (options.seen === true)
        await withStore(options.config, 'read', async store => {
          for await (const name of namesSeen(store)) names.add(name)
        })
      const zone: Zone = keyZone(ring.keys)
      const own = new Set(ring.keys.map(key => key.recordName))
      const others = [...names].filter(name => !own.has(name)).toSorted()
      const missing = await lookUp(others, await chosenResolver(options, config.resolver), zone)
      for (const line of missing) terminal.note(`${line}\n`)
      terminal.out(jsonText(zone))
      finish(missing.length === 0 ? 0 : 1)
    })
}

/** The names of the keys of all hops in the hop log, some more than once. */
async function* namesSeen(store: Pick<Store, 'listMessages'>): AsyncGenerator<string> {
  let before: string | undefined
  for (;;) {
    const page = await store.listMessages({ limit: pageSize, ...(before !== undefined && { before }) })
    for (const { record } of page)
      for (const { domain, selectors } of record.admission?.hops ?? [])
        for (const selector of selectors) yield `${selector}._domainkey.${domain}`.toLowerCase()
    before = page.at(-1)?.queueId
    if (page.length < pageSize) return
  }
}

/** Puts what DNS has into the zone; answers a line for each name of which it has nothing. */
async function lookUp(
  names: readonly string[],
  resolver: Pick<Resolver, 'txt'>,
  zone: Zone,
): Promise<string[]> {
  const missing: string[] = []
  for (const name of names) {
    const answer = await resolver.txt(name)
    if (answer.kind === 'records')
      zone[name] = { ...zone[name], '@': answer.records.map(text => ['txt', asText(text)]) }
    else missing.push(`${name}: ${answer.kind === 'absent' ? 'there is no TXT record' : answer.reason}`)
  }
  return missing
}

/** Octets as the file has them: UTF-8 text. */
function asText(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8')
}
