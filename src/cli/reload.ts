/** reload and status: what a running relay is asked. */
import type { Command } from 'commander'
import type { Answer } from '../operator/operations.ts'
import type { DeskOptions } from './desk/desk-options.ts'
import { withDesk } from './desk/desk-options.ts'
import { useDesk } from './desk/use-desk.ts'
import type { JsonOption } from './options.ts'
import { withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, tableText } from './terminal.ts'

/** Adds `reload`. */
export function reloadCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(program.command('reload')))
    .description('have the running relay read its configuration, certificates and keys again')
    .action(async (options: DeskOptions & JsonOption) => {
      const answer = await useDesk(options, terminal, desk => desk.ask('reload', {}))
      terminal.out(options.json ? jsonText(answer) : reloadedText(answer))
      finish(0)
    })
}

/** Adds `status`. */
export function statusCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(program.command('status')))
    .description('show how the running relay is')
    .action(async (options: DeskOptions & JsonOption) => {
      const report = await useDesk(options, terminal, desk => desk.ask('status', {}))
      terminal.out(options.json ? jsonText(report) : statusText(report, terminal.clock()))
      finish(0)
    })
}

function reloadedText({ onlyAtStart }: Answer<'reload'>): string {
  const text = 'The relay works by its configuration as it is now.\n'
  if (onlyAtStart.length === 0) return text
  return `${text}Changed, but read at the next start only: ${onlyAtStart.join(', ')}\n`
}

const mebibyte = 1_048_576

function statusText(report: Answer<'status'>, now: number): string {
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
function relayRows({ relays }: Answer<'status'>, now: number): string[][] {
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
