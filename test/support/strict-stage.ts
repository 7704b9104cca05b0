/** A destination with an MTA-STS policy: name server, policy host and mail host on real sockets, and a relay that sends to it. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate } from '../../src/receive/settings.ts'
import type { CountedTlsSessions } from '../../src/store/tls-records.ts'
import { certificateFor } from './certificates.ts'
import { openReader } from './database-beside.ts'
import { HttpsHost, policyFile } from './https-host.ts'
import { Sink, type SinkSettings } from './sink.ts'
import { afterTest, relayOn, type Stage, stage } from './stage.ts'
import {
  publishKeys,
  startTestRelay,
  type TestRelay,
  type TestRelaySettings,
  temporaryFolder,
} from './test-relay.ts'

export const domain = 'strict.example'
export const mx = 'mx.strict.example'
const policyHost = certificateFor(['mta-sts.strict.example'])
export const good = certificateFor([mx])
export const wrongName = certificateFor(['elsewhere.example'])
export const expired = certificateFor([mx], { days: 1, agoDays: 1 })
/** Of an authority that nobody knows. */
export const unknown = certificateFor([mx])

export interface StrictStage {
  readonly on: Stage
  readonly host: HttpsHost
  readonly sink: Sink
  readonly relay: TestRelay
  readonly config: TestRelaySettings['config']
}

export interface StrictSettings {
  /** Hosts that the policy names. */
  readonly names?: readonly string[]
  readonly config?: Partial<TestRelaySettings['config']>
  /** Certificates that are believed besides those of this file. */
  readonly believed?: readonly Certificate[]
}

/** A relay whose alias team@alias.example leads to the destination. */
export async function strictStage(
  mode: 'enforce' | 'testing',
  sinkSettings: SinkSettings,
  { names = ['*.strict.example'], config: changes = {}, believed = [] }: StrictSettings = {},
): Promise<StrictStage> {
  const on = await stage()
  const host = await HttpsHost.start(policyHost)
  afterTest(() => host.close())
  host.answer = { body: policyFile(mode, names) }
  const sink = await Sink.start(sinkSettings)
  afterTest(() => sink.close())
  publishKeys(on.zone, {
    [domain]: {
      '@': [['mx', `10 ${mx}`]],
      '_mta-sts': [['txt', 'v=STSv1; id=1;']],
      'mta-sts': [['a', '127.0.0.1']],
      mx: [['a', '127.0.0.1']],
    },
  })
  const config = {
    domains: { 'alias.example': { aliases: { team: [`someone@${domain}`] } } },
    queue: { retrySeconds: [3_600] },
    ...changes,
    delivery: {
      smtpPort: sink.port,
      stsPolicyPort: host.port,
      certificateAuthoritiesFile: await authoritiesFile([policyHost, good, wrongName, expired, ...believed]),
      ...changes.delivery,
    },
  }
  return { on, host, sink, relay: await relayOn(on, config), config }
}

/** A PEM file for `certificateAuthoritiesFile`, until the test is over. */
export async function authoritiesFile(certificates: readonly Certificate[]): Promise<string> {
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true }))
  const file = join(folder, 'authorities.pem')
  await writeFile(file, certificates.map(({ cert }) => cert).join('\n'))
  return file
}

/** Starts the relay again on what it left, maybe at another time and with other settings. */
export async function startAgain(
  { on, relay, config }: StrictStage,
  changes: Partial<TestRelaySettings['config']> = {},
  clock?: () => number,
): Promise<TestRelay> {
  await relay.stop()
  const again = await startTestRelay({
    dns: on.dns,
    zone: on.zone,
    folder: relay.folder,
    config: { ...config, ...changes, delivery: { ...config.delivery, ...changes.delivery } },
    ...(clock !== undefined && { clock }),
  })
  afterTest(() => again.stop())
  return again
}

export function starttls(certificate: Certificate): SinkSettings {
  return { tls: 'starttls', certificate }
}

/** What was counted for the domain, once the relay has stopped and everything is on disk. */
export async function counted(relay: TestRelay): Promise<CountedTlsSessions[]> {
  await relay.stop()
  const reader = openReader(relay.database)
  const days = reader.listTlsReports(10).filter(report => report.domain === domain)
  const sessions = days.flatMap(({ day }) => reader.tlsSessions({ day, domain }))
  reader.close()
  return sessions
}
