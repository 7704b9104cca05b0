/** The mail that carries an aggregate report (RFC 9990 section 3.3.2). */
import MimeNode from 'nodemailer/lib/mime-node'

export interface AggregateMail {
  readonly from: string
  readonly to: string
  /** Whose policy is reported on. */
  readonly policyDomain: string
  /** Host that reports. */
  readonly submitter: string
  readonly organization: string
  readonly reportId: string
  /** First and last second of the day, Unix seconds. */
  readonly begin: number
  readonly end: number
  readonly composedAtMilliseconds: number
  /** Without angle brackets. */
  readonly messageId: string
  /** Part of the MIME boundaries. */
  readonly boundary: string
  /** The XML of the report, gzipped. */
  readonly gzipped: Buffer
}

/** Octets with CRLF line ends, ready to be signed as a new message. */
export async function composeAggregateMail(mail: AggregateMail): Promise<Buffer> {
  const { policyDomain, submitter, reportId } = mail
  const root = new MimeNode('multipart/mixed', {
    baseBoundary: mail.boundary,
    boundaryPrefix: 'dmarc',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  root.setHeader([
    { key: 'From', value: { name: mail.organization, address: mail.from } },
    { key: 'To', value: { address: mail.to } },
    {
      key: 'Subject',
      value: `Report Domain: ${policyDomain} Submitter: ${submitter} Report-ID: <${reportId}>`,
    },
    { key: 'Date', value: new Date(mail.composedAtMilliseconds) },
    { key: 'Message-ID', value: `<${mail.messageId}>` },
    { key: 'Auto-Submitted', value: 'auto-generated' },
  ])
  root.createChild('text/plain; charset=utf-8').setContent(explanation(mail))
  root.createChild().setRaw(attachedReport(mail))
  return root.build()
}

/** The octets that a report takes in a mail, as the sizes in `rua` count them. */
export function mailedOctets(gzipped: Buffer): number {
  return Math.ceil(gzipped.length / 57) * 78
}

/** Written here because nodemailer would cut a long file name in pieces (RFC 2231), which readers of reports may not expect. */
function attachedReport(mail: AggregateMail): Buffer {
  const lines = mail.gzipped.toString('base64').match(/.{1,76}/g) ?? []
  const header = [
    'Content-Type: application/gzip',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment;\r\n filename="${reportFileName(mail)}"`,
  ]
  return Buffer.from([...header, '', ...lines, ''].join('\r\n'))
}

/** The same whenever the report is sent again (section 3.3.2). */
export function reportFileName({
  submitter,
  policyDomain,
  begin,
  end,
  reportId,
}: Pick<AggregateMail, 'submitter' | 'policyDomain' | 'begin' | 'end' | 'reportId'>): string {
  const unique = reportId.replace(/@.*$/, '').replace(/[^A-Za-z0-9]/g, '')
  return `${submitter}!${policyDomain}!${begin}!${end}!${unique}.xml.gz`
}

function explanation({ organization, policyDomain, submitter, begin }: AggregateMail): string {
  const day = new Date(begin * 1000).toISOString().slice(0, 10)
  return [
    `This is an aggregate report about DMARC (RFC 9990) from ${organization}: what ${submitter} made of`,
    `mail that came to it on ${day} (UTC) under the policy of ${policyDomain}.`,
    'The report itself is the attached file.',
    '',
  ].join('\r\n')
}
