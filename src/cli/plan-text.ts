/** The plan of delivery as text for people. What came from DNS or from a peer is escaped (printable). */
import type { CertificateFacts } from '../deliver/certificate-facts.ts'
import type { ProbeReport } from '../deliver/probe.ts'
import { printable } from '../message/printable.ts'
import type { CandidateReport, LeftOutReport, PlanReport, QuestionReport } from '../service/plan-report.ts'
import { styled, type Terminal, tableText } from './terminal.ts'

/** The whole report: what was asked, what would be tried, what not. */
export function planText(report: PlanReport, terminal: Pick<Terminal, 'colors'>): string {
  const parts = [`${printable(report.domain)}\n`]
  if (report.questions.length > 0) parts.push(`Asked of DNS:\n${questionsText(report.questions)}`)
  if (report.policies.length > 0) parts.push(`Policies:\n${policiesText(report)}`)
  parts.push(outcomeText(report, terminal))
  if (report.leftOut.length > 0) parts.push(`Left out:\n${report.leftOut.map(leftOutLine).join('')}`)
  return parts.join('\n')
}

function questionsText(questions: readonly QuestionReport[]): string {
  const rows = questions.map(({ type, name, answer, records, authentic, reason }) => [
    type,
    printable(name),
    (answer === 'records' ? records.map(printable).join('; ') : printable(reason ?? 'none')) +
      (authentic ? '  (validated)' : ''),
  ])
  return tableText(['TYPE', 'NAME', 'ANSWER'], rows)
}

function policiesText({ policies }: PlanReport): string {
  return policies.map(({ name, text }) => `  ${name}: ${printable(text)}\n`).join('')
}

function outcomeText(
  { result, status, reason, candidates }: PlanReport,
  terminal: Pick<Terminal, 'colors'>,
): string {
  if (result === 'temporary') {
    return `${styled(terminal, 'yellow', 'Deferred')}: ${printable(reason ?? '')}\n`
  }
  if (result === 'permanent') {
    return `${styled(terminal, 'red', 'Returned')}: ${status} ${printable(reason ?? '')}\n`
  }
  return `Tried in this order:\n${candidates.map((one, at) => candidateText(one, at, terminal)).join('')}`
}

function candidateText(candidate: CandidateReport, at: number, terminal: Pick<Terminal, 'colors'>): string {
  const { probe, tls } = candidate
  const lines = [
    `${String(at + 1).padStart(3)}  ${whereText(candidate)}`,
    `     ${candidate.why}`,
    ...(tls === null ? [] : [`     ${printable(tls.text)}`]),
    ...(probe === undefined ? [] : probeLines(probe, terminal).map(line => `     ${line}`)),
  ]
  return `${lines.join('\n')}\n`
}

function whereText({ folder, host, address, port }: CandidateReport): string {
  if (folder !== null) return `folder ${printable(folder)}`
  return host === address ? `[${address}]:${port}` : `${host} [${address}]:${port}`
}

function leftOutLine({ host, address, port, source, text }: LeftOutReport): string {
  const where = [printable(host), address === null ? '' : `[${printable(address)}]`].join(' ').trimEnd()
  return `  ${where}${port === null ? '' : `:${port}`} (${source}): ${printable(text)}\n`
}

function probeLines(probe: ProbeReport, terminal: Pick<Terminal, 'colors'>): string[] {
  return [
    probe.takesMail
      ? styled(terminal, 'green', 'would be given mail')
      : `${styled(terminal, 'red', 'would not be given mail')}: ${refusalText(probe)}`,
    ...(probe.greeting === null ? [] : [`greeting     ${printable(probe.greeting)}`]),
    ...(probe.announced.length === 0 ? [] : [`EHLO         ${probe.announced.map(printable).join(', ')}`]),
    ...(probe.plaintextBecause === null
      ? []
      : [`plaintext    TLS did not work: ${printable(probe.plaintextBecause)}`]),
    ...(probe.tls === null ? [] : [`TLS          ${probe.tls.version} ${probe.tls.cipher}`]),
    ...(probe.certificate === null ? [] : certificateLines(probe.certificate, probe)),
  ]
}

function refusalText({ phase, reason, reply }: ProbeReport): string {
  const said = reply === null ? printable(reason ?? '') : `it said: ${printable(reply)}`
  return `${said} (at ${phase})`
}

function certificateLines(certificate: CertificateFacts, { takesMail, tls }: ProbeReport): string[] {
  const { subject, names, issuer, validFrom, validTo, fingerprint, problem } = certificate
  // Of the session that counts; a certificate that was refused is shown by another one.
  const verdict = takesMail ? tls?.certificate : undefined
  const ofAuthorities = problem === undefined ? 'valid for this host' : `not valid: ${problem}`
  return [
    `certificate  ${printable(verdict ?? ofAuthorities)}`,
    `  subject    ${printable(subject)}`,
    `  names      ${names.map(printable).join(', ') || 'none'}`,
    `  issuer     ${printable(issuer)}`,
    `  dates      ${validFrom} to ${validTo}`,
    `  SHA-256    ${fingerprint}`,
  ]
}
