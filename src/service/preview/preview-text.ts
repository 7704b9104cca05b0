/** What this relay would do with a message, as text of 80 columns. What strangers wrote is escaped (printable). */
import { addedLines } from '../../hoplog/added-text.ts'
import { senderPolicyLines } from '../../hoplog/sender-text.ts'
import { printable } from '../../message/printable.ts'
import type { CopyReport, ListReport, PreviewReport, SessionReport } from './preview-report.ts'

const columns = 80

type Style = 'green' | 'yellow' | 'red'

/** How a text gets its colour, where there are colours. */
type Paint = (style: Style, text: string) => string

export function previewText(report: PreviewReport, paint: Paint): string {
  const { session, admission, kind, kept, bounce, copies, lists, result, notAsked } = report
  const lines = session.flatMap(sessionLines)
  if (admission !== null) lines.push('', ...admissionLines(admission))
  if (bounce !== null && kept === null)
    lines.push(...wrapped(`A bounce: ${bounce.judgement}; it is passed on.`))
  if (kept !== null) lines.push(...wrapped(`Nothing follows: ${kept}`))
  if (kind === 'command' && kept === null) lines.push('A command: it is carried out, and answered.')
  if (kind === 'reflection' && kept === null)
    lines.push('A message to a reflector: it is sent back, with a report.')
  for (const list of lists) lines.push('', ...listLines(list))
  for (const copy of copies) lines.push('', ...copyLines(copy))
  if (result !== 'refused' && notAsked.length > 0) lines.push('', ...wrapped(notAskedText(notAsked)))
  return `${[...lines, '', verdictWord(result, paint)].join('\n')}\n`
}

function notAskedText(notAsked: PreviewReport['notAsked']): string {
  const names = { rates: 'the limits of rates', filter: 'the content filter' }
  return `Not asked, as that would leave traces there: ${notAsked.map(one => names[one]).join(', ')}.`
}

const words: Readonly<Record<PreviewReport['result'], readonly [Style, string]>> = {
  taken: ['green', 'Taken.'],
  deferred: ['yellow', 'Not taken for now: the client will try again.'],
  refused: ['red', 'Refused.'],
}

function verdictWord(result: PreviewReport['result'], paint: Paint): string {
  const [style, text] = words[result]
  return paint(style, text)
}

function sessionLines({ command, path, code, enhanced, text }: SessionReport): string[] {
  const said = { MAIL: `MAIL FROM:<${path}>`, RCPT: `RCPT TO:<${path}>`, DATA: 'The end of the message' }[
    command
  ]
  // The queue id is that of a message that nobody has sent.
  const reply = `${code} ${enhanced} ${text.replace(/ as [0-9A-Z]{11}$/, '')}`
  return [...wrapped(said ?? command), ...wrapped(reply, 4)]
}

function admissionLines({
  verdict,
  sender,
  senderAuthenticated,
  ...rest
}: NonNullable<PreviewReport['admission']>) {
  const profile = verdict.profile === null ? '' : ` (${verdict.profile}, hops: ${verdict.hops.length})`
  const error = verdict.error === null ? '' : ` ${verdict.error}`
  const asked = sender === null ? '' : `; SPF ${sender.spf}, DKIM ${sender.dkim.join(', ') || 'none'}`
  return [
    ...wrapped(`DKIM2: ${verdict.result.toUpperCase()}${error}${profile}${asked}`),
    ...wrapped(
      `The sender is ${senderAuthenticated ? '' : 'not '}vouched for${senderAuthenticated ? '' : ': no failure is reported to it'}.`,
    ),
    ...(rest.duplicateOf === null ? [] : wrapped(`A duplicate of ${rest.duplicateOf}, taken once more.`)),
    ...(rest.alreadyHad.length === 0
      ? []
      : wrapped(`Had it before, and get nothing: ${rest.alreadyHad.join(', ')}`)),
    ...(rest.bcc === null ? [] : [`Bcc: ${rest.bcc}`]),
    ...senderPolicyLines(rest).flatMap(line => wrapped(line.trim())),
    ...(rest.bimi === null ? [] : [`BIMI fields of others: ${rest.bimi}`]),
  ]
}

function listLines({ list, state, reason, revision, subscribers, copies }: ListReport): string[] {
  const lines = wrapped(`List ${list}: ${state}${reason === null ? '' : `: ${reason}`}`)
  if (revision === null) return lines
  const { headers, added, body } = revision
  return [
    ...lines,
    ...wrapped(
      `changes ${[...headers, ...(body ? ['the body'] : [])].join(', ') || 'nothing that is signed'}`,
      4,
    ),
    ...(added.length === 0 ? [] : wrapped(`adds ${added.join(', ')}`, 4)),
    `    subscribers: ${subscribers}${copies.length < subscribers ? `; the first ${copies.length}:` : ''}`,
    ...copies.flatMap(copy => ['', ...copyLines(copy)]),
  ]
}

function copyLines(copy: CopyReport): string[] {
  const { recipient, mf, rt, failure, added, nextHop, verdict } = copy
  const lines = [
    ...wrapped(`Copy for <${recipient}>`),
    ...wrapped(`mf <${mf}>`, 4),
    ...wrapped(`rt <${rt}>`, 4),
  ]
  if (failure !== null) return [...lines, ...wrapped(`fails, and the sender hears of it: ${failure}`, 4)]
  return [
    ...lines,
    ...wrapped(hopText(copy), 4),
    ...addedLines(added).flatMap(line => wrapped(line.trim(), 4)),
    ...(nextHop === null ? [] : wrapped(nextHopText(nextHop), 4)),
    ...(verdict === null
      ? []
      : wrapped(`its verifier: ${verdict.result.toUpperCase()} ${verdict.error ?? ''}`, 4)),
  ]
}

function hopText({ hop, whyUnsigned }: CopyReport): string {
  if (hop === null) return `not signed: ${whyUnsigned}`
  const revision = hop.revision === null ? '' : ` ${hop.revision}`
  return `hop i=${hop.i} d=${hop.d} of profile ${hop.profile}${revision}, version ${hop.version}, keys ${hop.s.join(', ')}`
}

function nextHopText({ result, reason, hosts }: NonNullable<CopyReport['nextHop']>): string {
  if (result === 'hops') return `next hop: ${hosts.join(', ')}`
  return `next hop: none; it is ${result === 'temporary' ? 'deferred' : 'returned'}: ${reason}`
}

/** The text in lines that are indented and no longer than the columns; words that are longer are broken. */
function wrapped(text: string, indent = 0): string[] {
  const width = columns - indent - 2
  const lines: string[] = []
  let line = ''
  const pieces = printable(text)
    .split(' ')
    .flatMap(word => word.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [])
  for (const piece of pieces) {
    if (line !== '' && line.length + 1 + piece.length > width) {
      lines.push(line)
      line = piece
    } else line = line === '' ? piece : `${line} ${piece}`
  }
  return [...lines, line].map((one, at) => `${' '.repeat(at === 0 ? indent : indent + 2)}${one}`)
}
