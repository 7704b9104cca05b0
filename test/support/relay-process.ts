/** A relay as a process of its own, started as a user starts it, so that a test can kill it. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import type { OpenZone } from './test-relay.ts'
import { publishKeys } from './test-relay.ts'

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface RelayProcess {
  /** Port of the first listener. */
  readonly port: number
  /** Port of the HTTP listener; 0 without one. */
  readonly httpPort: number
  /** Port of the admin listener; 0 without one. */
  readonly adminPort: number
  readonly pid: number
  /** Sends a signal and resolves with the exit status, or null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
  /** Sends a signal that ends nothing. */
  signal(name: NodeJS.Signals): void
  /** Resolves when this text stands in its log, so many times. */
  logged(text: string, times?: number): Promise<void>
  /** Closes this end of its standard error. */
  stopReading(): void
  /** What it has written to its log so far. */
  log(): string
  /** Resolves when the process has ended, by whatever. */
  readonly ended: Promise<void>
}

interface Started {
  readonly listeners: readonly { readonly port: number }[]
  readonly http: { readonly port: number } | null
  readonly admin: { readonly port: number } | null
  readonly keys: readonly { readonly recordName: string; readonly record: string }[]
}

/**
 * Starts a relay on a folder; its keys are added to the zone. Resolves when it listens.
 *
 * @param program what the configuration file does before it exports its settings: faults of the process
 * @param openFiles the limit of its file descriptors; default that of the test
 * @param onLog is told each line of its log, for tests that write so much that nobody would read it all again and again
 */
export async function startRelayProcess(
  config: RelayConfigInput,
  folder: string,
  zone: OpenZone,
  {
    umask = '022',
    program = '',
    openFiles,
    onLog = () => {},
  }: {
    readonly umask?: string
    readonly program?: string
    readonly openFiles?: number
    readonly onLog?: (line: string) => void
  } = {},
): Promise<RelayProcess> {
  const file = join(folder, 'relay.config.ts')
  await writeFile(file, `${program}\nexport default ${JSON.stringify(config, null, 2)}\n`)
  const command = [process.execPath, entry, 'start', '--json', '--config', file]
  const limit = openFiles === undefined ? '' : `ulimit -n ${openFiles}; `
  const child = spawn('sh', ['-c', `umask ${umask}; ${limit}exec "$0" "$@"`, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit').then(() => undefined)
  const logged: string[] = []
  child.stderr.on('data', (chunk: Buffer) => logged.push(chunk.toString()))
  createInterface({ input: child.stderr }).on('line', onLog)
  const started = await firstLine(child, () => logged.join(''))
  for (const key of started.keys) publishKeys(zone, keyRecordZone(key))
  return {
    port: started.listeners[0]?.port ?? 0,
    httpPort: started.http?.port ?? 0,
    adminPort: started.admin?.port ?? 0,
    pid: child.pid ?? 0,
    log: () => logged.join(''),
    stopReading: () => void child.stderr.destroy(),
    signal: name => void child.kill(name),
    async logged(text, times = 1) {
      while (logged.join('').split(text).length <= times) await once(child.stderr, 'data')
    },
    ended,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const exited = once(child, 'exit')
      child.kill(signal)
      const [status] = (await exited) as [number | null]
      return status
    },
  }
}

async function firstLine(child: ChildProcess, log: () => string): Promise<Started> {
  if (child.stdout === null) throw new Error('the relay has no standard output')
  const lines = createInterface({ input: child.stdout })
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => String(text)),
    once(child, 'exit').then(([status]) =>
      Promise.reject(new Error(`the relay ended with ${status}: ${log()}`)),
    ),
  ])
  return JSON.parse(line) as Started
}

function keyRecordZone({ recordName, record }: { recordName: string; record: string }): OpenZone {
  const [selector = '', domain = ''] = recordName.split('._domainkey.')
  return { [domain]: { [`${selector}._domainkey`]: [['txt', record]] } }
}
