/** The mail that carries a report (RFC 8460 section 5.3): multipart/report with the gzipped JSON as its second part. */
import MimeNode from 'nodemailer/lib/mime-node'
import { reportFileName } from './report.ts'

export interface ReportMail {
  readonly from: string
  readonly to: string
  /** Domain whose sessions are reported. */
  readonly domain: string
  /** Host that reports. */
  readonly submitter: string
  readonly organization: string
  readonly reportId: string
  /** YYYY-MM-DD in UTC. */
  readonly day: string
  readonly composedAtMilliseconds: number
  /** Without angle brackets. */
  readonly messageId: string
  /** Part of the MIME boundaries. */
  readonly boundary: string
  /** The JSON of the report, gzipped. */
  readonly gzipped: Buffer
}

/** Octets with CRLF line ends, ready to be signed as a new message. */
export async function composeReportMail(mail: ReportMail): Promise<Buffer> {
  const { domain, submitter, reportId } = mail
  const root = new MimeNode('multipart/report; report-type=tlsrpt', {
    baseBoundary: mail.boundary,
    boundaryPrefix: 'tlsrpt',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  root.setHeader([
    { key: 'From', value: { name: mail.organization, address: mail.from } },
    { key: 'To', value: { address: mail.to } },
    { key: 'Subject', value: `Report Domain: ${domain} Submitter: ${submitter} Report-ID: <${reportId}>` },
    { key: 'Date', value: new Date(mail.composedAtMilliseconds) },
    { key: 'Message-ID', value: `<${mail.messageId}>` },
    { key: 'TLS-Report-Domain', value: domain },
    { key: 'TLS-Report-Submitter', value: submitter },
    // What the report tells may be why it could not be delivered otherwise (RFC 8460 section 3, RFC 8689 section 3).
    { key: 'TLS-Required', value: 'No' },
    { key: 'Auto-Submitted', value: 'auto-generated' },
  ])
  root.createChild('text/plain; charset=utf-8').setContent(explanation(mail))
  root.createChild().setRaw(attachedReport(mail))
  return root.build()
}

/** Written here because nodemailer would cut a long file name in pieces (RFC 2231), which readers of reports may not expect. */
function attachedReport(mail: ReportMail): Buffer {
  const lines = mail.gzipped.toString('base64').match(/.{1,76}/g) ?? []
  const header = [
    'Content-Type: application/tlsrpt+gzip',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment;\r\n filename="${reportFileName(mail.submitter, mail)}"`,
  ]
  return Buffer.from([...header, '', ...lines, ''].join('\r\n'))
}

function explanation({ organization, domain, day, submitter }: ReportMail): string {
  return [
    `This is an aggregate report about TLS (RFC 8460) from ${organization}: how connections from`,
    `${submitter} to the mail hosts of ${domain} were secured on ${day} (UTC).`,
    'The report itself is the attached file.',
    '',
  ].join('\r\n')
}
