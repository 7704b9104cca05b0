/**
 * `npm run demo -- reflector zone.json HOST:PORT`: a relay with a reflector and the name server of the demo on this machine, until it is
 * interrupted. Whoever implements DKIM2 tries his own software against it: docs/interop.md.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { parseConfig } from '../../src/config/load.ts'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { silentLog } from '../../src/log/log.ts'
import { startRelay } from '../../src/relay.ts'
import { keyZone } from '../../src/sign/published.ts'
import { DnsServer } from '../support/dns-server.ts'
import { type OpenZone, publishKeys, temporaryFolder, testConfig } from '../support/test-relay.ts'

export const mirrorDomain = 'mirror.example'

export interface Mirror {
  readonly smtpPort: number
  /** Answers UDP and TCP: the keys of the reflector, and whatever the zone had before. */
  readonly dns: DnsServer
  readonly zone: OpenZone
  close(): Promise<void>
}

/** Where the mail of the domains in the zone goes. */
export interface Destination {
  readonly host: string
  readonly port: number
}

/** @param zone of whoever tries it: key records, SPF; see src/dns/zone-resolver.ts */
export async function openMirror(
  zone: OpenZone,
  destination: Destination,
  more: Partial<RelayConfigInput> = {},
): Promise<Mirror> {
  const folder = temporaryFolder()
  const dns = await DnsServer.start(zone)
  const route = { ...destination, tls: 'starttls-if-offered' } as const
  const config: RelayConfigInput = testConfig(
    {
      dns,
      config: {
        domains: { [mirrorDomain]: { reflector: true } },
        routes: Object.fromEntries(Object.keys(zone).map(domain => [domain, route])),
        ...more,
      },
    },
    folder,
  )
  const dependencies = {
    clock: () => Date.now(),
    random: (octets: number) => randomBytes(octets),
    log: silentLog,
  }
  const relay = await startRelay(parseConfig(config, { file: 'demo', folder }), dependencies)
  publishKeys(zone, keyZone(relay.keys))
  return {
    smtpPort: relay.listeners[0]?.port ?? 0,
    dns,
    zone,
    async close() {
      await relay.stop()
      await dns.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Runs until SIGINT or SIGTERM. @param args zone file, and where the mail of its domains goes */
export async function serveMirror([file, destination = '']: readonly string[]): Promise<void> {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(destination) ?? []
  if (file === undefined || host === undefined)
    throw new Error('expected: npm run demo -- reflector zone.json 127.0.0.1:2525')
  const zone = JSON.parse(readFileSync(file, 'utf8')) as OpenZone
  const mirror = await openMirror(zone, { host, port: Number(port) })
  process.stdout.write(
    [
      `SMTP 127.0.0.1:${mirror.smtpPort}: reflect-raw@${mirrorDomain} and the others of docs/interop.md`,
      `DNS  ${mirror.dns.address}: UDP and TCP, the keys of ${mirrorDomain} and your zone`,
      `Mail for ${Object.keys(zone)
        .filter(domain => domain !== mirrorDomain)
        .join(', ')} goes to ${destination}. Ctrl+C ends.`,
      '',
    ].join('\n'),
  )
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  await promise
  await mirror.close()
}
