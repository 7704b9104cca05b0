/** The record of a message as text for people. All that came from outside is escaped (printable). */
import { printable } from '../message/printable.ts'
import type { FilterRecord } from '../record/filter-record.ts'
import { addedLines } from './added-text.ts'
import type { BounceReport } from './admission-report.ts'
import type { AttemptRecord, HopRecord, ReceivedRecord, SentRecord } from './record.ts'
import { senderPolicyLines } from './sender-text.ts'
import type { HopReport, VerdictReport } from './verdict-report.ts'

/** The record of one message: what was received, and what was sent to each recipient. */
export function hopRecordText(record: HopRecord): string {
  return [
    `${record.queueId}  ${record.direction}, ${record.state}${because(record.reason)}`,
    ...(record.reportsOn === null ? [] : [`reports on  ${record.reportsOn}`]),
    ...(record.bounce === null ? [] : bounceLines(record.bounce)),
    '',
    ...receivedLines(record.received),
    ...record.sent.flatMap(sent => ['', ...sentLines(sent, record.queueId)]),
    '',
  ].join('\n')
}

function receivedLines(received: ReceivedRecord): string[] {
  const how = received.listener === null ? 'made here' : `by listener ${received.listener}`
  return [
    `received  ${received.at}  ${how}, ${received.sizeBytes} octets`,
    ...peerLines(received),
    `  mf       ${pathText(received.mf)}`,
    ...received.rt.map(path => `  rt       ${pathText(path)}`),
    ...identityLines(received),
    ...(received.verdict === null ? [] : verdictLines(received.verdict)),
    ...senderLines(received),
    ...senderPolicyLines(received),
    ...noteLines(received),
    ...(received.addHop === false ? ['  policy   admitted, to go out without a hop of this relay'] : []),
    ...(received.filter === null ? [] : [filterLine(received.filter)]),
    ...(received.bcc === null ? [] : [`  bcc      ${bccTexts[received.bcc]}`]),
    ...(received.bimi === null ? [] : [`  bimi     ${bimiTexts[received.bimi]}`]),
  ]
}

function filterLine({ filter, action, word, score, requiredScore, symbols, isMarked }: FilterRecord): string {
  const said = word === undefined || word === action ? action : `${action} (${printable(word)})`
  const points = score === undefined ? '' : `, ${score.toFixed(2)} of ${requiredScore?.toFixed(2) ?? '?'}`
  const noted = isMarked === false ? ', noted only: an earlier hop asked for donotmodify' : ''
  const found = symbols.length === 0 ? '' : `: ${symbols.map(printable).join(' ')}`
  return `  filter   ${filter}: ${said}${points}${noted}${found}`
}

function identityLines({ messageId, subjectHash }: ReceivedRecord): string[] {
  return [
    ...(messageId === null ? [] : [`  id       <${printable(messageId)}>`]),
    ...(subjectHash === null ? [] : [`  subject  hash ${subjectHash}`]),
  ]
}

/** What sets it apart from other mail. */
function noteLines({ foreignList, duplicateOf, alreadyHad }: ReceivedRecord): string[] {
  return [
    ...(foreignList === null
      ? []
      : [
          `  list     of ${printable(foreignList.domain)}; nobody vouches for From (${foreignList.from.map(printable).join(', ')})`,
        ]),
    ...(duplicateOf === null
      ? []
      : [`  again    a duplicate of ${printable(duplicateOf)}, accepted once more`]),
    ...alreadyHad.map(path => `  not to   ${printable(path)}: has had this message`),
  ]
}

const bimiTexts = {
  removed: 'fields of others removed, which only a receiver writes; the recipe of this hop gives them back',
  kept: 'fields of others kept, as a hop asked that nothing is modified (donotmodify)',
} as const

const bccTexts = {
  removed: 'removed before this hop signed (RFC 5322 section 3.6.3)',
  kept: 'kept, as it is signed: Postfix, OpenSMTPD and others drop it on the way, and the signatures fail then',
} as const

function bounceLines({ about, judgement, reason, isVerified }: BounceReport): string[] {
  const delivery = about === null ? '' : ` about ${printable(about.queueId)}/${about.ordinal}`
  const returned = isVerified ? 'is' : 'is not proved to be'
  return [
    `bounce${delivery}  ${printable(judgement)}${because(reason)}`,
    ...(isVerified === null ? [] : [`  what came back ${returned} what was sent`]),
  ]
}

function senderLines({ sender, senderAuthenticated }: ReceivedRecord): string[] {
  if (sender === null) return []
  const dkim = sender.dkim.length === 0 ? 'none' : `pass for ${sender.dkim.map(printable).join(', ')}`
  const vouched = senderAuthenticated ? 'vouched for' : 'nobody vouches for it, it hears of no failure'
  return [`  sender   SPF ${printable(sender.spf)}, DKIM ${dkim}: ${vouched}`]
}

function peerLines({ peer }: ReceivedRecord): string[] {
  if (peer === null) return []
  const name = peer.hostname === undefined ? '' : ` ${printable(peer.hostname)}`
  const tls = peer.tls === undefined ? 'without TLS' : `${peer.tls.version} ${peer.tls.cipher}`
  return [
    `  from     ${printable(peer.address)}:${peer.port}${name} (HELO ${printable(peer.helo)})`,
    `  with     ${peer.protocol}, ${tls}`,
    ...(peer.account === undefined
      ? []
      : [`  account  ${printable(peer.account)}${clientText(peer.clientKey)}`]),
  ]
}

/** The client that it named (CLIENTID), as `users show` has it. */
function clientText(clientKey: string | undefined): string {
  return clientKey === undefined ? '' : `, client ${printable(clientKey)}`
}

/** `mailversion`, `message-instance 09`. */
function profileText(profile: string, revision: string | null | undefined): string {
  return revision ? `${profile} ${revision}` : profile
}

function verdictLines(verdict: VerdictReport): string[] {
  const profile = verdict.profile === null ? '' : ` (${profileText(verdict.profile, verdict.revision)})`
  const error = verdict.error === null ? '' : ` ${printable(verdict.error)}`
  return [
    `  verdict  ${verdict.result.toUpperCase()}${error}${profile}`,
    ...verdict.hops.map(hop => `    ${hopText(hop)}`),
    ...(verdict.responsible === null ? [] : [`    i=${verdict.responsible} answers for what is older`]),
  ]
}

/** One hop of a chain on one line. */
export function hopText(hop: HopReport): string {
  const parts = [
    `i=${hop.i}`,
    `d=${printable(hop.d)}`,
    `mf=${pathText(hop.mf)}`,
    `rt=${hop.rt.map(pathText).join(',')}`,
    `t=${secondsText(hop.t)}`,
    `s=${printable(hop.s.join(','))}`,
    ...(hop.f.length === 0 ? [] : [`f=${printable(hop.f.join(','))}`]),
    hop.result,
  ]
  return parts.join('  ') + (hop.error === null ? '' : `: ${printable(hop.error)}`)
}

function sentLines(sent: SentRecord, queueId: string): string[] {
  return [
    `sent ${queueId}/${sent.ordinal}  ${stateText(sent)}${because(sent.reason)}${whenText(sent)}`,
    `  for      ${pathText(sent.recipient)}`,
    `  mf       ${pathText(sent.mf)}`,
    `  rt       ${pathText(sent.rt)}`,
    signedLine(sent),
    ...addedLines(sent.added),
    ...sent.attempts.flatMap(attemptLines),
    ...reportLines(sent),
    ...successLines(sent),
  ]
}

/** A failure found here, or one that a later hop reported after it had taken the message. */
function reportLines({ state, dsn, dsnQueueId }: SentRecord): string[] {
  if (dsn === 'due') return ['  failure  to be reported to the previous hop']
  if (dsn === 'skipped') return ['  failure  not reported']
  if (dsn === 'counted')
    return [`  ${state === 'delivered' ? 'bounced' : 'failure'}  counted on the subscriber`]
  if (dsnQueueId === null) return []
  return state === 'delivered'
    ? [`  bounced  a later hop reported a failure; passed on to the previous hop by DSN ${dsnQueueId}`]
    : [`  failure  reported to the previous hop by DSN ${dsnQueueId}`]
}

/** Only senders that asked hear of success (RFC 3461). */
function successLines({ state, successDsn }: SentRecord): string[] {
  if (successDsn === 'sent') return ['  success  reported to the previous hop, which had asked for it']
  if (successDsn === 'due') return ['  success  to be reported to the previous hop']
  const isAwaited = successDsn === 'wanted' && state === 'delivered'
  return isAwaited ? ['  success  left to the next hop to report'] : []
}

function stateText({ state, dsn }: SentRecord): string {
  return state === 'delivered' && (dsn === 'sent' || dsn === 'counted') ? 'delivered, bounced later' : state
}

function whenText(sent: SentRecord): string {
  if (sent.finishedAt !== null) return `  ${sent.finishedAt}`
  return sent.nextAttemptAt === null ? '' : `  next attempt ${sent.nextAttemptAt}`
}

function signedLine({ hop }: SentRecord): string {
  if (hop === null) return '  signed   no hop added'
  return `  signed   i=${hop.i}  d=${hop.d}  s=${hop.s.join(',')}  t=${secondsText(hop.t)}  (${profileText(hop.profile, hop.revision)})`
}

function attemptLines(attempt: AttemptRecord): string[] {
  const { choice, tls } = attempt
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['chosen', choice?.why],
    ['TLS', choice?.tls],
    ['policy', choice?.policy],
    ['shown', tls?.certificate === undefined ? undefined : `certificate ${tls.certificate}`],
  ]
  const known = facts.flatMap(([name, fact]) =>
    fact === undefined ? [] : `    ${name.padEnd(7)}${printable(fact)}`,
  )
  const before = (choice?.before ?? []).map(reason => `    before ${printable(reason)}`)
  return [attemptLine(attempt), ...before, ...known]
}

function attemptLine(attempt: AttemptRecord): string {
  const parts = [
    `attempt ${attempt.number}`,
    attempt.startedAt,
    `${(Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt)) / 1000} s`,
    printable(attempt.nextHop === '' ? 'no host' : attempt.nextHop),
    tlsText(attempt),
    `${attempt.outcome} in phase ${attempt.phase}`,
    attemptSaid(attempt),
  ]
  return `  ${parts.filter(part => part !== '').join('  ')}`
}

function tlsText({ tls }: AttemptRecord): string {
  if (tls === null) return 'no TLS'
  return `${tls.version ?? 'TLS'} ${tls.cipher ?? ''} ${tls.authorized === true ? 'verified' : 'unverified'}`
}

/** What the peer said, or this side's reason where it said nothing. */
export function attemptSaid(attempt: Pick<AttemptRecord, 'reply' | 'reason'>): string {
  const { reply, reason } = attempt
  if (reply === null) return reason === null ? '' : printable(reason)
  return printable([String(reply.code), reply.enhanced, reply.text].filter(part => part !== '').join(' '))
}

function because(reason: string | null): string {
  return reason === null ? '' : ` (${printable(reason)})`
}

/** A reverse-path or forward-path; the null reverse-path is `<>`. */
export function pathText(path: string): string {
  return path === '' ? '<>' : printable(path)
}

function secondsText(unixSeconds: number): string {
  const milliseconds = unixSeconds * 1000
  const readable = Math.abs(milliseconds) <= 8.64e15
  return readable ? new Date(milliseconds).toISOString().replace('.000Z', 'Z') : String(unixSeconds)
}
