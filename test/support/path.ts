/** What the path of a message needs, opened without listeners: a real store in a folder of its own, a clock and a zone of the test. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { zoneResolver } from '../../src/dns/zone-resolver.ts'
import { openLasting } from '../../src/service/lasting.ts'
import type { PathDependencies } from '../../src/service/path-dependencies.ts'
import { openPathDependencies } from '../../src/service/path-dependencies.ts'
import { RecordingLog } from './recording-log.ts'
import { temporaryFolder } from './test-relay.ts'

export interface OpenPath {
  readonly path: PathDependencies
  readonly log: RecordingLog
  readonly clock: { now: number }
  /** Of a `file:` route. */
  readonly mailbox: string
}

/** A relay for alias.example; mail to box.example is written to files. It is closed with the test. */
export async function openPath(changes: Partial<RelayConfigInput> = {}): Promise<OpenPath> {
  const folder = temporaryFolder()
  const mailbox = join(folder, 'mailbox')
  const input: RelayConfigInput = {
    hostname: 'relay.alias.example',
    listeners: [{ name: 'mx', port: 0, tls: 'none' }],
    domains: { 'alias.example': { aliases: { team: ['one@box.example'] } } },
    routes: { 'box.example': `file:${mailbox}` },
    dataDirectory: join(folder, 'data'),
    keysDirectory: join(folder, 'keys'),
    ...changes,
  }
  const log = new RecordingLog()
  const clock = { now: Date.UTC(2026, 10, 22) }
  const config = parseConfig(input, { file: 'test', folder })
  const outside = {
    clock: () => clock.now,
    random: (octets: number) => randomBytes(octets),
    log,
    resolver: zoneResolver({}),
  }
  const lasting = await openLasting(config, outside)
  const path = await openPathDependencies(config, outside, lasting)
  onTestFinished(async () => {
    await path.closing.disposeAsync()
    await lasting.store.close()
    await rm(folder, { recursive: true })
  })
  return { path, log, clock, mailbox }
}
