/** reload and status: what a running relay is asked. */
import type { Command } from 'commander'
import { controlSocket } from '../config/folders.ts'
import { loadConfig } from '../config/load.ts'
import { askRelay } from '../control/ask-relay.ts'
import type { RelayStatus, RunningRelay } from '../relay.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import type { Reloaded } from './steer.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, OperationFailed, tableText } from './terminal.ts'

/** What `status` prints with --json. */
export type StatusReport = RelayStatus &
  Pick<RunningRelay, 'listeners' | 'http' | 'admin'> & { readonly version: string }

/** Adds `reload`. */
export function reloadCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(program.command('reload')))
    .description('have the running relay read its configuration, certificates and keys again')
    .action(async (options: ConfigOption & JsonOption) => {
      const answer = await ask<Reloaded>(options.config, 'reload')
      terminal.out(options.json ? jsonText(answer) : reloadedText(answer))
      finish(0)
    })
}

/** Adds `status`. */
export function statusCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(program.command('status')))
    .description('show how the running relay is')
    .action(async (options: ConfigOption & JsonOption) => {
      const report = await ask<StatusReport>(options.config, 'status')
      terminal.out(options.json ? jsonText(report) : statusText(report, terminal.clock()))
      finish(0)
    })
}

/** @throws OperationFailed with what the relay says against it, or that none is running */
async function ask<T>(configFile: string, word: string): Promise<T> {
  const { dataDirectory } = await loadConfig(configFile)
  const socket = controlSocket({ dataDirectory })
  const answered = await askRelay(socket, word)
  if (answered.kind === 'answered') return answered.answer as T
  if (answered.kind === 'refused') throw new OperationFailed(answered.problem)
  throw new OperationFailed(`no relay is running on ${dataDirectory}: nothing listens on ${socket}`)
}

function reloadedText({ onlyAtStart }: Reloaded): string {
  const text = 'The relay works by its configuration as it is now.\n'
  if (onlyAtStart.length === 0) return text
  return `${text}Changed, but read at the next start only: ${onlyAtStart.join(', ')}\n`
}

const mebibyte = 1_048_576

function statusText(report: StatusReport, now: number): string {
  const { queue, memory } = report
  const rows = [
    ['version', report.version],
    ['process', String(report.process)],
    ['running since', `${new Date(report.startedAt).toISOString()} (${agoText(now - report.startedAt)})`],
    ['configured', `${new Date(report.configuredAt).toISOString()} (${agoText(now - report.configuredAt)})`],
    ...report.listeners.map(one => [
      `listener ${one.name}`,
      `${one.address} port ${one.port}, TLS: ${one.tls}`,
    ]),
    ...(report.http === null ? [] : [['http', `${report.http.address} port ${report.http.port}`]]),
    ...(report.admin === null ? [] : [['admin', `${report.admin.address} port ${report.admin.port}`]]),
    ...relayRows(report, now),
    ['queued', String(queue.queued)],
    ['held', String(queue.held)],
    ['not planned yet', String(queue.spooled)],
    ['reports due', String(queue.reportsDue)],
    ['next attempt', report.nextAttemptAt === null ? '-' : new Date(report.nextAttemptAt).toISOString()],
    ['memory', `${Math.round(memory.residentBytes / mebibyte)} MiB`],
  ]
  return tableText(['WHAT', 'NOW'], rows)
}

/** Those that share the store; a relay that is alone is told of above. */
function relayRows({ relays }: StatusReport, now: number): string[][] {
  if (relays.length < 2) return []
  return relays.map(({ number, host, process, startedAt, leaseUntil }) => [
    `relay ${number}`,
    `${host} process ${process}, since ${agoText(now - startedAt)}, lease for ${Math.ceil((leaseUntil - now) / 1000)} s`,
  ])
}

const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
] as const

function agoText(milliseconds: number): string {
  const [size, unit] = units.find(([one]) => milliseconds >= one) ?? [1000, 's']
  return `${Math.max(0, Math.floor(milliseconds / size))} ${unit} ago`
}
