/** Random MIME messages, of the kind that mail programs make and of the broken kind. */
import fc from 'fast-check'

interface Drawn {
  readonly content: string
  readonly body: string
}

const texts = [
  '',
  'Hello\n',
  'Hello',
  'a\n\nb\n\n',
  '-- \nJane\n',
  '--b0\n--b0--\n',
  'trailing  \n',
  '</body>\n',
  'x</BODY></html>\n',
  '\n\n',
]
const charsets = [
  '',
  '; charset=us-ascii',
  '; charset=utf-8',
  '; charset=iso-8859-1',
  '; charset=utf-16',
  '; charset=iso-2022-jp',
  '; charset=nonsense',
]
const encodings = [
  '',
  'Content-Transfer-Encoding: 7bit\n',
  'Content-Transfer-Encoding: 8bit\n',
  'Content-Transfer-Encoding: quoted-printable\n',
  'Content-Transfer-Encoding: base64\n',
  'Content-Transfer-Encoding: x-odd\n',
]
const dispositions = [
  '',
  '',
  '',
  'Content-Disposition: inline\n',
  'Content-Disposition: attachment\n',
  'Content-Disposition: inline; filename=a.txt\n',
]

const text: fc.Arbitrary<Drawn> = fc
  .tuple(
    fc.constantFrom(
      'Content-Type: text/plain',
      'Content-Type: text/html',
      'Content-Type: text/plain; format=flowed',
      'Content-Type: text/calendar',
    ),
    fc.constantFrom(...charsets),
    fc.constantFrom(...encodings),
    fc.constantFrom(...dispositions),
    fc.constantFrom(...texts),
  )
  .map(([type, charset, encoding, disposition, body]) => ({
    content: `${type}${charset}\n${encoding}${disposition}`,
    body,
  }))

const other: fc.Arbitrary<Drawn> = fc.constantFrom(
  { content: '', body: 'no header\n' },
  { content: 'Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n', body: 'JVBERi0=\n' },
  { content: 'Content-Type: message/rfc822\n', body: 'Subject: x\n\n--b1\n' },
  { content: 'Content-Type: application/pkcs7-mime\n', body: 'MIAG\n' },
  { content: 'Content-Type: nonsense\n', body: 'x\n' },
)

const subtypes = [
  'mixed',
  'mixed',
  'alternative',
  'related',
  'signed',
  'encrypted',
  'report',
  'digest',
  'odd',
] as const
const boundaries = ['b0', 'b1', 'b2', 'b3', 'b4', '----', "odd 'one", 'b0--']

const { drawn } = fc.letrec<{ drawn: Drawn; multipart: Drawn }>(tie => ({
  drawn: fc.oneof({ maxDepth: 5, depthSize: 'medium' }, text, other, tie('multipart')),
  multipart: fc
    .tuple(
      fc.constantFrom(...subtypes),
      fc.constantFrom(...boundaries),
      fc.array(tie('drawn'), { maxLength: 3 }),
      fc.constantFrom('', '', '', 'preamble\n'),
      fc.constantFrom('--', '--', '--', '--', '--\nepilogue', ' \n', ''),
    )
    .map(([subtype, boundary, parts, preamble, ending]) => ({
      content: `Content-Type: multipart/${subtype}; boundary="${boundary}"\n`,
      body: `${preamble}${parts.map(part => `--${boundary}\n${part.content}\n${part.body}\n`).join('')}--${boundary}${ending}`,
    })),
}))

/** A message as octets. */
export const randomMail: fc.Arbitrary<Buffer> = fc
  .tuple(drawn, fc.constantFrom('\n', '\n', '', '\n\n\n'), fc.constantFrom('', 'MIME-Version: 1.0\n'))
  .map(([{ content, body }, ending, version]) =>
    Buffer.from(
      `From: a@origin.example\nSubject: x\n${version}${content}\n${body}${ending}`.replaceAll('\n', '\r\n'),
      'latin1',
    ),
  )
