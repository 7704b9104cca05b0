/**
 * Messages as mail programs make them, and as broken ones do: what a list has to carry. Each says where its footer belongs.
 * Text is written with LF and latin1 (one character an octet), sent with CRLF.
 */

/**
 * in text: within the text that is shown; beside: a part at the end of the multipart/mixed that is there; wrapped: a part
 * beside the whole content. nowhere: the last line has no end, and no recipe could take away the one that it would get.
 */
export type Place = 'in text' | 'beside' | 'wrapped' | 'nowhere'

export interface Shape {
  readonly name: string
  readonly octets: Buffer
  readonly place: Place
  /** How many parts get the footer. */
  readonly footers: number
}

const shapesSoFar: Shape[] = []

function shape(name: string, place: Place, mail: string, footers = 1): void {
  const octets = Buffer.from(mail.replaceAll('\n', '\r\n'), 'latin1')
  shapesSoFar.push({ name, octets, place, footers: place === 'nowhere' ? 0 : footers })
}

const head = `Received: from mx.elsewhere.example by mx.origin.example; Thu, 13 Nov 2025 02:13:20 +0000
From: Jane Doe <jane@origin.example>
To: team@list.example
Subject: Plans for the week
Date: Thu, 13 Nov 2025 02:13:20 +0000
Message-ID: <plans@origin.example>
`

/** A message of one part; `content` is the Content fields, each with its line end. */
function single(content: string, body: string): string {
  return `${head}MIME-Version: 1.0\n${content}\n${body}`
}

function text(parameters: string, encoding: string, body: string): string {
  return single(`Content-Type: text/plain${parameters}\nContent-Transfer-Encoding: ${encoding}\n`, body)
}

function html(parameters: string, encoding: string, body: string): string {
  return single(`Content-Type: text/html${parameters}\nContent-Transfer-Encoding: ${encoding}\n`, body)
}

function part(content: string, body: string): string {
  return `${content}\n${body}`
}

/** A multipart with its closing boundary, without the line end after it. */
function parts(boundary: string, ...contents: readonly string[]): string {
  return `${contents.map(content => `--${boundary}\n${content}\n`).join('')}--${boundary}--`
}

function multipart(subtype: string, boundary: string, ...contents: readonly string[]): string {
  return single(
    `Content-Type: multipart/${subtype}; boundary="${boundary}"\n`,
    `${parts(boundary, ...contents)}\n`,
  )
}

/** A multipart as a part of another. */
function nested(subtype: string, boundary: string, ...contents: readonly string[]): string {
  return part(`Content-Type: multipart/${subtype}; boundary="${boundary}"\n`, parts(boundary, ...contents))
}

const plainPart = part(
  'Content-Type: text/plain; charset=us-ascii\n',
  'Hello everybody,\n\nsee you on Monday.\n',
)
const plainQuoted = part(
  'Content-Type: text/plain; charset="UTF-8"\nContent-Transfer-Encoding: quoted-printable\n',
  'Gr=C3=BC=C3=9Fe aus K=C3=B6ln, und noch einiges mehr, damit die Zeile umbrochen=\n wird.\n',
)
const htmlPart = part(
  'Content-Type: text/html; charset=us-ascii\n',
  '<html>\n<body>\n<p>Hello everybody</p>\n</body>\n</html>\n',
)
const htmlFragment = part(
  'Content-Type: text/html; charset="UTF-8"\n',
  '<div dir="ltr">Hello everybody</div>\n',
)
const htmlQuoted = part(
  'Content-Type: text/html; charset="UTF-8"\nContent-Transfer-Encoding: quoted-printable\n',
  '<html><head><meta http-equiv=3D"Content-Type"></head><body><p>Gr=C3=BC=C3=9F=\ne aus K=C3=B6ln</p></body></html>\n',
)
const plainBase64 = part(
  'Content-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: base64\n',
  'SGVsbG8gZXZlcnlib2R5LAoKc2VlIHlvdSBvbiBNb25kYXkuCg==\n',
)
const htmlBase64 = part(
  'Content-Type: text/html; charset="utf-8"\nContent-Transfer-Encoding: base64\n',
  'PGh0bWw+PGJvZHk+SGVsbG88L2JvZHk+PC9odG1sPgo=\n',
)
const pdf = part(
  'Content-Type: application/pdf; name="plan.pdf"\nContent-Disposition: attachment; filename="plan.pdf"\nContent-Transfer-Encoding: base64\n',
  'JVBERi0xLjQKJcfsj6IKNSAwIG9iago8PC9MZW5ndGggNiAwIFI+Pgo=\n',
)
const picture = part(
  'Content-Type: image/png; name="logo.png"\nContent-ID: <logo@origin.example>\nContent-Disposition: inline; filename="logo.png"\nContent-Transfer-Encoding: base64\n',
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk\n',
)
const calendar = part(
  'Content-Type: text/calendar; charset=utf-8; method=REQUEST\nContent-Transfer-Encoding: 7bit\n',
  'BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1@origin.example\nEND:VEVENT\nEND:VCALENDAR\n',
)
const pgpSignature = part(
  'Content-Type: application/pgp-signature; name="signature.asc"\nContent-Description: OpenPGP digital signature\n',
  '-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n-----END PGP SIGNATURE-----\n',
)
const smimeSignature = part(
  'Content-Type: application/pkcs7-signature; name="smime.p7s"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="smime.p7s"\n',
  'MIAGCSqGSIb3DQEHAqCAMIACAQExDzANBglghkgBZQMEAgEFADCABgkqhkiG9w0BBwEAAKCC\n',
)
const attachedMessage = part(
  'Content-Type: message/rfc822\nContent-Disposition: attachment\n',
  'From: other@origin.example\nSubject: the old one\nContent-Type: multipart/mixed; boundary="old"\n\n--old\n\nold text\n--old--\n',
)

// Text

shape('plain text without MIME', 'in text', `${head}\nHello everybody,\n\nsee you on Monday.\n`)
shape('plain text, US-ASCII', 'in text', text('; charset=us-ascii', '7bit', 'Hello everybody\n'))
shape('plain text, UTF-8 8bit', 'in text', text('; charset=utf-8', '8bit', 'Gr\xc3\xbc\xc3\x9fe\n'))
shape('plain text, ISO-8859-1 8bit', 'in text', text('; charset=ISO-8859-1', '8bit', 'Gr\xfc\xdfe\n'))
shape('plain text, KOI8-R 8bit', 'in text', text('; charset=koi8-r', '8bit', '\xf0\xd2\xc9\xd7\xc5\xd4\n'))
shape('plain text, GBK 8bit', 'in text', text('; charset=gbk', '8bit', '\xc4\xe3\xba\xc3\n'))
shape('plain text, Shift_JIS 8bit', 'in text', text('; charset=shift_jis', '8bit', '\x82\xb1\x82\xf1\n'))
shape('plain text, 8-bit octets without MIME', 'in text', `${head}\nGr\xfc\xdfe aus K\xf6ln\n`)
shape(
  'plain text, charset with a comment',
  'in text',
  text('; charset=us-ascii (Plain text)', '7bit', 'Hello\n'),
)
shape('plain text, charset unknown-8bit', 'in text', text('; charset=unknown-8bit', '8bit', 'Gr\xfc\xdfe\n'))
shape(
  'quoted-printable, UTF-8',
  'in text',
  text('; charset=utf-8', 'quoted-printable', 'Gr=C3=BC=C3=9Fe, a long line that was bro=\nken\n\nJane\n'),
)
shape(
  'quoted-printable, windows-1251',
  'in text',
  text('; charset=windows-1251', 'Quoted-Printable', '=CF=F0=E8=E2=E5=F2\n'),
)
shape(
  'quoted-printable that ends in a soft line break',
  'in text',
  text('; charset=utf-8', 'quoted-printable', 'Hello=\n'),
)
shape(
  'quoted-printable without a final line end',
  'nowhere',
  text('; charset=utf-8', 'quoted-printable', 'Hello =3D'),
)
shape('base64 text', 'wrapped', text('; charset=utf-8', 'base64', 'SGVsbG8gZXZlcnlib2R5Cg==\n'))
shape(
  'base64 text without a final line end',
  'nowhere',
  text('; charset=utf-8', 'base64', 'SGVsbG8gZXZlcnlib2R5Cg=='),
)
shape('base64 text, GB2312', 'wrapped', text('; charset="gb2312"', 'base64', 'xOO6ww==\n'))
shape(
  'format=flowed',
  'in text',
  text('; charset=utf-8; format=flowed', '7bit', 'A paragraph \nthat flows.\n\n> quoted \n> text\n'),
)
shape(
  'format=flowed that ends in a flowed line',
  'in text',
  text('; format=flowed', '7bit', 'A paragraph that flows \n'),
)
shape(
  'format=flowed that ends in a signature',
  'in text',
  text('; format=flowed', '7bit', 'Hello\n\n-- \nJane\n'),
)
shape(
  'format=flowed, delsp, quoted-printable',
  'in text',
  text('; charset=utf-8; format=flowed; delsp=yes', 'quoted-printable', 'Eine =C3=9Cber=20=20\nschrift=20\n'),
)
shape('ISO-2022-JP', 'in text', text('; charset=ISO-2022-JP', '7bit', '\x1b$B$3$s$K$A$O\x1b(B\n'))
shape(
  'ISO-2022-JP left in Japanese at the end',
  'in text',
  text('; charset=iso-2022-jp', '7bit', '\x1b$B$3$s$K$A$O\n'),
)
shape(
  'ISO-2022-JP in base64',
  'wrapped',
  text('; charset=iso-2022-jp', 'base64', 'GyRCJDMkcyRLJEEkTxsoQg==\n'),
)
shape(
  'ISO-2022-JP in quoted-printable',
  'wrapped',
  text('; charset=iso-2022-jp', 'quoted-printable', '=1B$B$3$s=1B(B\n'),
)
shape('UTF-16 in base64', 'wrapped', text('; charset=utf-16', 'base64', '/v8ASABlAGwAbABv\n'))
shape('UTF-16 in 8bit', 'wrapped', text('; charset=utf-16le', 'binary', 'H\0e\0l\0l\0o\0\n'))
shape('UTF-7', 'wrapped', text('; charset=utf-7', '7bit', 'Gr+APwA3w-e\n'))
shape('a charset that nobody knows', 'wrapped', text('; charset=x-klingon', '8bit', '\xf8\xf9\n'))
shape('an extended charset parameter', 'wrapped', text("; charset*=us-ascii'en'utf-8", '7bit', 'Hello\n'))
shape(
  'a transfer encoding that nobody knows',
  'wrapped',
  text('; charset=utf-8', 'x-uuencode', 'begin 644 a\n#86)C\n`\nend\n'),
)
shape('no final line end', 'nowhere', text('; charset=us-ascii', '7bit', 'Hello everybody'))
shape('an empty body', 'in text', text('; charset=us-ascii', '7bit', ''))
shape('a header without an empty line', 'in text', head)
shape('a header cut off in a line', 'in text', head.trimEnd())
shape('a body of empty lines', 'in text', text('; charset=us-ascii', '7bit', '\n\n\n'))
shape('empty lines at the end', 'in text', text('; charset=us-ascii', '7bit', 'Hello\n\n\n\n'))
shape(
  'white space at line ends and in lines',
  'in text',
  text('; charset=us-ascii', '7bit', 'a  b\t\tc   \n  \n \t\n'),
)
shape(
  'lines that look like boundaries',
  'in text',
  text('; charset=us-ascii', '7bit', '-- \nJane\n--x--\n----\n'),
)
shape('a line of 5,000 octets', 'in text', text('; charset=us-ascii', '7bit', `${'long '.repeat(1_000)}\n`))
shape('20,000 lines', 'in text', text('; charset=us-ascii', '7bit', 'a line of text\n'.repeat(20_000)))
shape('uuencoded data in the text', 'in text', `${head}\nSee below\n\nbegin 644 a\n#86)C\n\`\nend\n`)
shape(
  'text that is a file',
  'wrapped',
  single(
    'Content-Type: text/plain; name="log.txt"\nContent-Disposition: attachment; filename="log.txt"\n',
    'line 1\nline 2\n',
  ),
)
shape(
  'text with a digest of it',
  'wrapped',
  single('Content-Type: text/plain\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\n', 'Hello\n'),
)
shape('text/enriched', 'wrapped', single('Content-Type: text/enriched\n', '<bold>Hello</bold>\n'))
shape('a malformed Content-Type', 'wrapped', single('Content-Type: text\n', 'Hello\n'))
shape(
  'two Content-Type fields',
  'wrapped',
  single('Content-Type: text/plain\nContent-Type: text/html\n', 'Hello\n'),
)
shape(
  'inline PGP, signed',
  'wrapped',
  `${head}\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n`,
)
shape(
  'inline PGP, encrypted',
  'wrapped',
  `${head}\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n`,
)

// HTML

shape(
  'HTML with its end tags on lines',
  'in text',
  html('; charset=utf-8', '7bit', '<html>\n<body>\n<p>Hello</p>\n</body>\n</html>\n'),
)
shape('HTML with an indented end tag', 'in text', html('', '7bit', '<html><body>Hello\n  </BODY>\n</html>\n'))
shape(
  'HTML with its end tags in a line',
  'in text',
  html('; charset=utf-8', '8bit', '<html><body><p>Gr\xc3\xbc\xc3\x9fe</p></body></html>\n'),
)
shape('HTML without a final line end', 'nowhere', html('', '7bit', '<html><body><p>Hello</p></body></html>'))
shape(
  'HTML on one long line',
  'in text',
  html('', '7bit', `<html><body>${'<p>Hello</p>'.repeat(100)}</body></html>\n`),
)
shape('HTML without tags of a document', 'in text', html('', '7bit', '<p>Hello</p>\n'))
shape(
  'HTML in quoted-printable',
  'in text',
  html(
    '; charset=utf-8',
    'quoted-printable',
    '<html><body style=3D"a">Gr=C3=BC=C3=9Fe=\n, Jane</body></html>\n',
  ),
)
shape(
  'HTML in quoted-printable with its end tag cut',
  'in text',
  html('; charset=utf-8', 'quoted-printable', '<html><body>Hello</bo=\ndy></html>\n'),
)
shape(
  'HTML in base64',
  'wrapped',
  html('; charset=utf-8', 'base64', 'PGh0bWw+PGJvZHk+SGVsbG88L2JvZHk+PC9odG1sPgo=\n'),
)
shape(
  'HTML in ISO-2022-JP',
  'in text',
  html('; charset=iso-2022-jp', '7bit', '<html><body>\x1b$B$3$s\x1b(B</body></html>\n'),
)
shape(
  'HTML in ISO-2022-JP left in Japanese',
  'wrapped',
  html('; charset=iso-2022-jp', '7bit', '<p>\x1b$B$3$s$K$A$O\n'),
)

// Other single parts

shape(
  'S/MIME, encrypted',
  'wrapped',
  single(
    'Content-Type: application/pkcs7-mime; name="smime.p7m"; smime-type=enveloped-data\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="smime.p7m"\n',
    'MIAGCSqGSIb3DQEHA6CAMIACAQAxggFXMIIB\n',
  ),
)
shape(
  'S/MIME, signed as one part',
  'wrapped',
  single(
    'Content-Type: application/x-pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n',
    'MIAGCSqGSIb3DQEHAqCAMIACAQExDzANBgl\n',
  ),
)
shape(
  'an invitation alone',
  'wrapped',
  single(
    'Content-Type: text/calendar; charset=utf-8; method=REQUEST\nContent-Transfer-Encoding: 8bit\nContent-Language: en\n',
    'BEGIN:VCALENDAR\nMETHOD:REQUEST\nSUMMARY:Caf\xc3\xa9\nEND:VCALENDAR\n',
  ),
)
shape(
  'a PDF alone',
  'wrapped',
  single(
    'Content-Type: application/pdf\nContent-Transfer-Encoding: base64\nContent-Description: the plan\n',
    'JVBERi0xLjQKJcfsj6IK\n',
  ),
)
shape(
  'a picture alone, without a final line end',
  'nowhere',
  single(
    'Content-Type: image/jpeg; name=a.jpg\nContent-Transfer-Encoding: base64\n',
    '/9j/4AAQSkZJRgABAQAAAQABAAD',
  ),
)
shape(
  'a message as the content',
  'wrapped',
  single('Content-Type: message/rfc822\n', 'From: a@b.example\nSubject: x\n\ntext\n'),
)
shape(
  'no MIME-Version, a file alone',
  'wrapped',
  `${head}Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\nUEsDBBQ=\n`,
)

// Multiparts

shape(
  'Gmail: text and HTML',
  'in text',
  multipart(
    'alternative',
    '000000000000a1b2c3',
    part('Content-Type: text/plain; charset="UTF-8"\n', 'Hello everybody\n'),
    htmlFragment,
  ),
  2,
)
shape(
  'Gmail: text and HTML, quoted-printable',
  'in text',
  multipart('alternative', '000000000000d4e5f6', plainQuoted, htmlQuoted),
  2,
)
shape(
  'Gmail with a file',
  'in text',
  multipart(
    'mixed',
    '0000000000000a0b0c',
    nested('alternative', '0000000000000d0e0f', plainPart, htmlFragment),
    pdf,
  ),
  2,
)
shape(
  'Thunderbird: text and a file',
  'in text',
  multipart('mixed', '------------0X9aBcDeFgHiJkLmNoPqRsTu', plainPart, pdf),
)
shape(
  'Apple Mail: a file between two texts',
  'in text',
  multipart(
    'alternative',
    'Apple-Mail=_1F2E',
    plainPart,
    nested('mixed', 'Apple-Mail=_3D4C', htmlPart, pdf, htmlPart),
  ),
  2,
)
shape(
  'Outlook: text, HTML, a picture, a file',
  'in text',
  multipart(
    'mixed',
    '_004_AM0PR01_',
    nested(
      'related',
      '_003_AM0PR01_',
      nested('alternative', '_000_AM0PR01_', plainQuoted, htmlQuoted),
      picture,
    ),
    pdf,
  ),
  2,
)
shape(
  'Outlook: text and HTML in base64',
  'wrapped',
  multipart('alternative', '_000_base64_', plainBase64, htmlBase64),
)
shape(
  'Outlook: an invitation',
  'in text',
  multipart('alternative', '_000_meeting_', plainPart, htmlPart, calendar),
  2,
)
shape(
  'an invitation with its file',
  'in text',
  multipart('mixed', 'meet', nested('alternative', 'meet-in', plainPart, calendar), calendar),
)
shape('only an invitation in an alternative', 'wrapped', multipart('alternative', 'only', calendar))
shape('a picture in HTML', 'in text', multipart('related', 'rel', htmlPart, picture))
shape('one alternative in base64', 'wrapped', multipart('alternative', 'alt', plainPart, htmlBase64))
shape(
  'an alternative that is a file',
  'wrapped',
  multipart(
    'alternative',
    'alt',
    plainPart,
    part('Content-Type: text/html\nContent-Disposition: attachment\n', '<p>Hello</p>\n'),
  ),
)
shape('text in base64 and a file', 'beside', multipart('mixed', 'mix', plainBase64, pdf))
shape(
  'inline PGP and a file',
  'beside',
  multipart(
    'mixed',
    'mix',
    part('', '-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n'),
    pdf,
  ),
)
shape('files alone', 'beside', multipart('mixed', 'mix', pdf, picture))
shape('no parts at all', 'beside', multipart('mixed', 'mix'))
shape('a picture before the text', 'in text', multipart('mixed', 'mix', picture, plainPart))
shape(
  'a text file before the text',
  'in text',
  multipart(
    'mixed',
    'mix',
    part('Content-Type: text/plain\nContent-Disposition: attachment; filename=a.log\n', 'log\n'),
    plainPart,
  ),
)
shape('a forwarded message', 'in text', multipart('mixed', 'mix', plainPart, attachedMessage))
shape('a forwarded message alone', 'beside', multipart('mixed', 'mix', attachedMessage))
shape(
  'PGP/MIME, signed',
  'wrapped',
  single(
    'Content-Type: multipart/signed; micalg=pgp-sha512;\n protocol="application/pgp-signature"; boundary="sig"\n',
    `${parts('sig', plainPart, pgpSignature)}\n`,
  ),
)
shape(
  'PGP/MIME, encrypted',
  'wrapped',
  single(
    'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";\n boundary="enc"\n',
    `${parts('enc', part('Content-Type: application/pgp-encrypted\n', 'Version: 1\n'), part('Content-Type: application/octet-stream\n', '-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n'))}\n`,
  ),
)
shape(
  'S/MIME, signed',
  'wrapped',
  single(
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="sm"\n',
    `This is an S/MIME signed message\n\n${parts('sm', nested('alternative', 'sm-in', plainPart, htmlPart), smimeSignature)}\n\n`,
  ),
)
shape(
  'signed mail that another list has wrapped',
  'beside',
  multipart(
    'mixed',
    'list',
    nested('signed', 'sig', plainPart, pgpSignature),
    part('Content-Type: text/plain\nContent-Disposition: inline\n', '_____\nother list\n'),
  ),
)
shape(
  'signed mail in an alternative',
  'wrapped',
  multipart('alternative', 'alt', plainPart, nested('signed', 'sig', htmlPart, pgpSignature)),
)
shape(
  'text before signed mail',
  'in text',
  multipart('mixed', 'mix', plainPart, nested('signed', 'sig', plainPart, pgpSignature)),
)
shape(
  'a report of failed delivery',
  'in text',
  single(
    'Content-Type: multipart/report; report-type=delivery-status; boundary=dsn\n',
    `${parts('dsn', plainPart, part('Content-Type: message/delivery-status\n', 'Reporting-MTA: dns; mx.origin.example\n\nFinal-Recipient: rfc822; x@y.example\nAction: failed\nStatus: 5.1.1\n'), part('Content-Type: text/rfc822-headers\n', 'Subject: x\n'))}\n`,
  ),
)
shape(
  'a report of reading',
  'in text',
  single(
    'Content-Type: multipart/report; report-type=disposition-notification; boundary=mdn\n',
    `${parts('mdn', plainPart, part('Content-Type: message/disposition-notification\n', 'Disposition: manual-action/MDN-sent-manually; displayed\n'))}\n`,
  ),
)
shape(
  'a digest',
  'wrapped',
  multipart('digest', 'dig', part('', 'From: a@b.example\n\none\n'), part('', 'From: c@d.example\n\ntwo\n')),
)
shape('a multipart that nobody knows', 'in text', multipart('x-notes', 'unknown', plainPart, htmlPart))
shape(
  'six multiparts in one another',
  'in text',
  multipart(
    'mixed',
    'b1',
    nested(
      'mixed',
      'b2',
      nested(
        'related',
        'b3',
        nested(
          'mixed',
          'b4',
          nested('related', 'b5', nested('alternative', 'b6', plainPart, htmlPart), picture),
          pdf,
        ),
        picture,
      ),
      pdf,
    ),
  ),
  2,
)
shape('an empty text part', 'in text', multipart('mixed', 'mix', part('Content-Type: text/plain\n', ''), pdf))
shape('an empty part without a header', 'in text', multipart('mixed', 'mix', '', pdf))
shape(
  '8-bit text in a part',
  'in text',
  multipart(
    'mixed',
    'mix',
    part(
      'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n',
      'Gr\xc3\xbc\xc3\x9fe\n',
    ),
    pdf,
  ),
)
shape('text that ends in an empty line', 'in text', multipart('mixed', 'mix', part('', 'Hello\n\n'), pdf))
shape(
  'a preamble and an epilogue',
  'in text',
  single(
    'Content-Type: multipart/mixed; boundary="mix"\n',
    `This is a multi-part message in MIME format.\n\n${parts('mix', plainPart, pdf)}\n\nepilogue\n--other\nno part\n`,
  ),
)
shape(
  'no line end after the last boundary',
  'in text',
  single('Content-Type: multipart/mixed; boundary="mix"\n', parts('mix', plainPart, pdf)),
)
shape(
  'a boundary with white space after it',
  'in text',
  single(
    'Content-Type: multipart/mixed; boundary="mix"\n',
    parts('mix', plainPart, pdf).replaceAll(/^--mix$/gm, '--mix  '),
  ),
)
shape('a boundary of odd characters', 'in text', multipart('mixed', "=_?:(odd) 'b'+,/b", plainPart, pdf))
shape(
  'an unquoted boundary in a folded field',
  'in text',
  single(
    'Content-Type: multipart/mixed;\n\tboundary=mix;\n\tcharset=utf-8\n',
    `${parts('mix', plainPart, pdf)}\n`,
  ),
)
shape('a boundary that the footer looks like', 'wrapped', multipart('mixed', '------', plainPart, pdf))

// Broken multiparts

shape(
  'the last boundary is missing',
  'wrapped',
  single('Content-Type: multipart/mixed; boundary="mix"\n', `--mix\n${plainPart}\n--mix\n${pdf}\n`),
)
shape(
  'an inner boundary does not close',
  'wrapped',
  multipart(
    'mixed',
    'mix',
    part('Content-Type: multipart/alternative; boundary=alt\n', `--alt\n${plainPart}\n--alt\n${htmlPart}`),
    pdf,
  ),
)
shape(
  'a part after the closing boundary',
  'wrapped',
  single(
    'Content-Type: multipart/mixed; boundary="mix"\n',
    `${parts('mix', plainPart)}\n--mix\n\nmore\n--mix--\n`,
  ),
)
shape(
  'two multiparts with the same boundary',
  'wrapped',
  multipart('mixed', 'mix', nested('alternative', 'mix', plainPart, htmlPart), pdf),
)
shape('a multipart without a boundary', 'wrapped', single('Content-Type: multipart/mixed\n', 'Hello\n'))
shape(
  'a multipart whose boundary is nowhere',
  'wrapped',
  single('Content-Type: multipart/mixed; boundary=mix\n', 'Hello\n'),
)
shape('a multipart without a body', 'wrapped', single('Content-Type: multipart/mixed; boundary=mix\n', ''))
shape(
  'a part whose header does not end',
  'beside',
  single('Content-Type: multipart/mixed; boundary=mix\n', '--mix\nContent-Type: text/plain\n--mix--\n'),
)
shape(
  'a multipart in base64',
  'wrapped',
  single(
    'Content-Type: multipart/mixed; boundary=mix\nContent-Transfer-Encoding: base64\n',
    'LS1taXgKCkhlbGxvCi0tbWl4LS0K\n',
  ),
)
shape('a boundary that ends like a closing one', 'wrapped', multipart('mixed', 'mix--', plainPart, pdf))
shape(
  '2,000 parts',
  'wrapped',
  multipart('mixed', 'mix', ...Array.from({ length: 2_000 }, () => part('', 'x'))),
)
shape(
  'a multipart of 100 in one another',
  'wrapped',
  multipart(
    'mixed',
    'deep',
    Array.from({ length: 100 }, (_, at) => at).reduce<string>(
      (inner, at) => nested('mixed', `level${at}x`, inner),
      plainPart,
    ),
  ),
)

// Headers

shape(
  'an earlier list',
  'in text',
  `${head}List-Id: Others <others.elsewhere.example>\nList-Unsubscribe: <mailto:leave@elsewhere.example>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\nPrecedence: list\nReply-To: others@elsewhere.example\n\nHello\n`,
)
shape(
  'requests for receipts',
  'in text',
  `Disposition-Notification-To: jane@origin.example\nX-Confirm-Reading-To: jane@origin.example\n${head}\nHello\n`,
)
shape(
  'a subject and a name in ISO-2022-JP',
  'in text',
  `From: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <yamada@origin.example>\nSubject: =?ISO-2022-JP?B?GyRCJDMkcyRLJEEkTxsoQg==?=\n =?ISO-2022-JP?B?GyRCQCQzJhsoQg==?=\nTo: team@list.example\nMIME-Version: 1.0\nContent-Type: text/plain; charset=ISO-2022-JP\n\n\x1b$B$3$s\x1b(B\n`,
)
shape(
  'header fields in UTF-8',
  'in text',
  `From: J\xc3\xb6rg <joerg@origin.example>\nSubject: Gr\xc3\xbc\xc3\x9fe\nTo: team@list.example\n\nHello\n`,
)
shape('no subject', 'in text', 'From: jane@origin.example\nTo: team@list.example\n\nHello\n')
shape(
  'lines in the header that are no fields',
  'in text',
  `From: jane@origin.example\nnot a field\nTo: team@list.example\nSubject: x\n\nHello\n`,
)

const line76 = `${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWkFCQ0RF'.slice(0, 76)}\n`

shape(
  'a file of 10 MiB',
  'in text',
  multipart(
    'mixed',
    'big',
    nested('alternative', 'big-in', plainPart, htmlPart),
    part(
      'Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n',
      line76.repeat(136_000),
    ),
  ),
  2,
)
shape('text of 10 MiB in base64', 'wrapped', text('; charset=utf-8', 'base64', line76.repeat(136_000)))

export const shapes: readonly Shape[] = shapesSoFar
