/** The mail that carries a failure report: one message that failed DMARC, redacted (RFC 9991; RFC 5965 and RFC 6591 for its form). */
import type { KeyObject } from 'node:crypto'
import MimeNode from 'nodemailer/lib/mime-node'
import type { Message } from '../message/message.ts'
import type { DmarcDisposition, DmarcEvaluation } from '../record/dmarc-evaluation.ts'
import { redactedAddress, redactedHeader } from './redaction.ts'

export interface FailureMail {
  readonly from: string
  readonly to: string
  /** Whose policy the message failed. */
  readonly policyDomain: string
  /** Host that reports. */
  readonly submitter: string
  readonly organization: string
  /** Name of this program. */
  readonly generator: string
  readonly composedAtMilliseconds: number
  /** Without angle brackets. */
  readonly messageId: string
  /** Part of the MIME boundaries. */
  readonly boundary: string
  readonly about: FailedMessage
  /** Of the hashes that stand for local parts. */
  readonly redactionKey: KeyObject
}

export interface FailedMessage {
  readonly message: Pick<Message, 'fields'>
  readonly reversePath: string
  /** IP address of the client. */
  readonly source: string
  readonly receivedAtMilliseconds: number
  readonly evaluation: DmarcEvaluation
}

/** Octets with CRLF line ends, ready to be signed as a new message. */
export async function composeFailureMail(mail: FailureMail): Promise<Buffer> {
  const root = new MimeNode('multipart/report; report-type=feedback-report', {
    baseBoundary: mail.boundary,
    boundaryPrefix: 'dmarc-failure',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  root.setHeader([
    { key: 'From', value: { name: mail.organization, address: mail.from } },
    { key: 'To', value: { address: mail.to } },
    { key: 'Subject', value: `DMARC failure report for ${mail.policyDomain} from ${mail.submitter}` },
    { key: 'Date', value: new Date(mail.composedAtMilliseconds) },
    { key: 'Message-ID', value: `<${mail.messageId}>` },
    { key: 'Auto-Submitted', value: 'auto-generated' },
  ])
  root.createChild('text/plain; charset=utf-8').setContent(explanation(mail))
  root.createChild().setRaw(part('message/feedback-report', feedback(mail)))
  root
    .createChild()
    .setRaw(part('text/rfc822-headers', redactedHeader(mail.about.message, mail.redactionKey)))
  return root.build()
}

/** ASCII as it is: programs read it. */
function part(type: string, content: string): Buffer {
  return Buffer.from(`Content-Type: ${type}\r\nContent-Transfer-Encoding: 7bit\r\n\r\n${content}`)
}

function feedback({ policyDomain, submitter, generator, about, redactionKey }: FailureMail): string {
  const { evaluation, reversePath, source, receivedAtMilliseconds } = about
  const sender = redactedAddress(reversePath, redactionKey)
  const failedKey = evaluation.dkim.find(({ result }) => result !== 'pass')
  const lines = [
    'Feedback-Type: auth-failure',
    `User-Agent: ${generator}`,
    'Version: 1',
    'Auth-Failure: dmarc',
    `Identity-Alignment: ${alignmentText(evaluation)}`,
    `Delivery-Result: ${results[evaluation.disposition]}`,
    `Arrival-Date: ${new Date(receivedAtMilliseconds).toUTCString().replace('GMT', '+0000')}`,
    `Source-IP: ${source}`,
    `Reported-Domain: ${evaluation.headerFrom}`,
    `Reporting-MTA: dns; ${submitter}`,
    ...(sender === '' ? [] : [`Original-Mail-From: <${sender}>`]),
    ...(failedKey === undefined
      ? []
      : [`DKIM-Domain: ${failedKey.domain}`, `DKIM-Selector: ${failedKey.selector}`]),
    `Authentication-Results: ${authenticationResults(submitter, policyDomain, evaluation)}`,
    'Incidents: 1',
  ]
  return lines.map(line => `${line.replace(/[^\x20-\x7e]/g, '?')}\r\n`).join('')
}

/** What did align (RFC 9991: "none" where nothing did). */
function alignmentText({ dkimAligned, spfAligned }: DmarcEvaluation): string {
  const aligned = [...(dkimAligned ? ['dkim'] : []), ...(spfAligned ? ['spf'] : [])]
  return aligned.join(', ') || 'none'
}

const results: Readonly<Record<DmarcDisposition, string>> = {
  none: 'delivered',
  pass: 'delivered',
  quarantine: 'spam',
  reject: 'reject',
}

function authenticationResults(submitter: string, policyDomain: string, evaluation: DmarcEvaluation): string {
  const { headerFrom, dkim, spf, dkimAligned, spfAligned } = evaluation
  const words = [
    submitter,
    `dmarc=${dkimAligned || spfAligned ? 'pass' : 'fail'} (policy of ${policyDomain}) header.from=${headerFrom}`,
    ...(spf === undefined ? [] : [`spf=${spf.result} smtp.mailfrom=${spf.domain}`]),
    ...dkim.map(({ domain, selector, result }) => `dkim=${result} header.d=${domain} header.s=${selector}`),
  ]
  return words.join('; ')
}

function explanation({ organization, submitter, about }: FailureMail): string {
  const { headerFrom } = about.evaluation
  return [
    `This is a failure report about DMARC (RFC 9991) from ${organization}: a message in the name of`,
    `${headerFrom} came to ${submitter}, and neither DKIM nor SPF vouched for it as its domain asks.`,
    'Local parts of addresses are hashes; recipients, subject and content are not shown.',
    '',
  ].join('\r\n')
}
