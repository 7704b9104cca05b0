/** Lists and subscribers as text for people. All that came from outside is escaped. */
import { printable } from '../../message/printable.ts'
import type { Answer } from '../../operator/operations.ts'
import { tableText } from '../terminal.ts'

type ListLine = Answer<'lists'>['lists'][number]
type ListReport = Omit<Answer<'showList'>, 'failing'>
/** A subscriber. */
export type SubscriberReport = Answer<'showSubscriber'>

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
