/** Lists and subscribers as records for programs and as text for people. All that came from outside is escaped. */
import { isoTime } from '../../hoplog/record.ts'
import { scoreAt } from '../../lists/bounce-score.ts'
import type { MailingList } from '../../lists/list-table.ts'
import type { ListSettings } from '../../lists/settings.ts'
import { printable } from '../../message/printable.ts'
import type { Subscriber, SubscriberCounts } from '../../store/list-records.ts'
import { tableText } from '../terminal.ts'

/** A list in `lists list`. */
export interface ListLine {
  readonly address: string
  readonly title: string
  readonly createdAt: string
  readonly subscribers: SubscriberCounts
}

/** A list in `lists show`. */
export interface ListReport extends ListLine {
  readonly settings: ListSettings
}

/** A subscriber. */
export interface SubscriberReport {
  readonly address: string
  readonly state: string
  readonly subscribedAt: string
  readonly suspendedAt: string | null
  readonly suspendedBy: string | null
  readonly reason: string | null
  readonly bounceScore: number
  readonly bouncedAt: string | null
  readonly probes: number
  readonly probeDueAt: string | null
}

export function listLine(list: MailingList, subscribers: SubscriberCounts): ListLine {
  const { address, settings, createdAt } = list
  return { address, title: settings.title, createdAt: isoTime(createdAt), subscribers }
}

export function listReport(list: MailingList, subscribers: SubscriberCounts): ListReport {
  return { ...listLine(list, subscribers), settings: list.settings }
}

/** `list` and `now` tell how much of the score is forgotten. */
export function subscriberReport(subscriber: Subscriber, list: MailingList, now: number): SubscriberReport {
  const { address, state, suspendedBy, reason, probes } = subscriber
  const bounceScore = scoreAt(subscriber, list.settings.bounceScore, now)
  return {
    address,
    state,
    subscribedAt: isoTime(subscriber.subscribedAt),
    suspendedAt: timeOrNull(subscriber.suspendedAt),
    suspendedBy,
    reason,
    bounceScore: Math.round(bounceScore * 100) / 100,
    bouncedAt: timeOrNull(subscriber.bouncedAt),
    probes,
    probeDueAt: timeOrNull(subscriber.probeDueAt),
  }
}

function timeOrNull(time: number | null): string | null {
  return time === null ? null : isoTime(time)
}

export function listsText(lines: readonly ListLine[]): string {
  if (lines.length === 0) return "There is no list yet; 'lists create' makes one.\n"
  const rows = lines.map(({ address, title, subscribers }) => [
    address,
    String(subscribers.active),
    String(subscribers.suspended),
    printable(title) || '-',
  ])
  return tableText(['LIST', 'SUBSCRIBERS', 'SUSPENDED', 'TITLE'], rows)
}

/** `scored` are those whose failures counted. */
export function listText(report: ListReport, scored: readonly SubscriberReport[]): string {
  const { active, suspended } = report.subscribers
  return [
    `${report.address}${report.title === '' ? '' : `  ${printable(report.title)}`}`,
    `  made         ${report.createdAt}`,
    `  subscribers  ${active} active, ${suspended} suspended`,
    '  settings',
    ...settingLines(report.settings, '    '),
    ...(scored.length === 0 ? [] : ['', scoredText(scored).trimEnd()]),
    '',
  ].join('\n')
}

function settingLines(settings: object, indent: string): string[] {
  return Object.entries(settings).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? [`${indent}${name}`, ...settingLines(value, `${indent}  `)]
      : [`${indent}${name}  ${printable(Array.isArray(value) ? value.join(', ') : String(value))}`],
  )
}

function scoredText(subscribers: readonly SubscriberReport[]): string {
  const rows = subscribers.map(one => [
    printable(one.address),
    one.state,
    String(one.bounceScore),
    one.bouncedAt ?? '-',
    printable(one.reason ?? '-'),
  ])
  return tableText(['ADDRESS', 'STATE', 'SCORE', 'LAST FAILURE', 'WHY'], rows)
}

export function subscriberText(one: SubscriberReport): string {
  const lines = [
    `${printable(one.address)}  ${one.state}`,
    `  subscribed  ${one.subscribedAt}`,
    ...(one.suspendedAt === null ? [] : [`  suspended   ${one.suspendedAt} by ${one.suspendedBy}`]),
    ...(one.reason === null ? [] : [`  why         ${printable(one.reason)}`]),
    ...(one.bouncedAt === null ? [] : [`  failures    ${one.bounceScore} points, the last ${one.bouncedAt}`]),
    ...(one.probeDueAt === null ? [] : [`  probes      ${one.probes} sent, next decision ${one.probeDueAt}`]),
  ]
  return `${lines.join('\n')}\n`
}
