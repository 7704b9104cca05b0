/** The mails of a reflector beside the message itself: the report in text and JSON, and notifications that nothing has caused. */
import MimeNode from 'nodemailer/lib/mime-node'
import { composeDsn } from '../bounce/compose.ts'
import type { Message } from '../message/message.ts'
import type { ReflectionReport } from './reflection-report.ts'
import { reflectionText } from './reflection-report.ts'

/** What a mail gets on its way out. */
export interface ReflectionFrame {
  /** Address of the reflector. */
  readonly from: string
  /** The one address that it goes to, as it stands in RCPT TO. */
  readonly to: string
  readonly composedAtMilliseconds: number
  /** Without angle brackets. */
  readonly messageId: string
  /** Part of the MIME boundaries; random. */
  readonly boundary: string
}

/** The report as octets with CRLF line ends, ready to be signed: text, and the same as application/json. */
export async function composeReport(report: ReflectionReport, frame: ReflectionFrame): Promise<Buffer> {
  const root = new MimeNode('multipart/mixed', {
    baseBoundary: frame.boundary,
    boundaryPrefix: 'reflection',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  root.setHeader([
    { key: 'From', value: { name: 'DKIM2 reflector', address: frame.from } },
    { key: 'To', value: { address: frame.to } },
    { key: 'Subject', value: subjectOf(report) },
    { key: 'Date', value: new Date(frame.composedAtMilliseconds) },
    { key: 'Message-ID', value: `<${frame.messageId}>` },
    // RFC 3834 section 5; responders that know nothing of it look at the other two.
    { key: 'Auto-Submitted', value: 'auto-replied' },
    { key: 'Precedence', value: 'bulk' },
    { key: 'X-Auto-Response-Suppress', value: 'All' },
  ])
  root.createChild('text/plain; charset=utf-8').setContent(reflectionText(report).replaceAll('\n', '\r\n'))
  root
    .createChild('application/json', { filename: 'report.json' })
    .setContent(`${JSON.stringify(report, undefined, 2)}\n`.replaceAll('\n', '\r\n'))
  return root.build()
}

function subjectOf({ reflector, verdict }: ReflectionReport): string {
  return `reflect-${reflector}: ${verdict.result.toUpperCase()}`
}

export interface NotificationFrame extends ReflectionFrame {
  readonly reportingMta: string
  readonly queueId: string
  readonly arrivedAtMilliseconds: number
  readonly returnBodyMaxBytes: number
  /** Of a delayed message: until when it is tried. */
  readonly triedUntilMilliseconds: number
}

/** A notification about a message that was received and went nowhere, returned as it came. */
export function composeNotification(
  kind: 'dsn' | 'delayed-dsn',
  returned: Message,
  frame: NotificationFrame,
): Promise<Buffer> {
  const isDelay = kind === 'delayed-dsn'
  return composeDsn({
    ...frame,
    recipients: [
      {
        finalRecipient: frame.from,
        action: isDelay ? 'delayed' : 'failed',
        status: isDelay ? '4.0.0' : '5.0.0',
        explanation: 'this is what the reflector was asked for',
        ...(isDelay && { willRetryUntilMilliseconds: frame.triedUntilMilliseconds }),
      },
    ],
    returned,
  })
}
