/** Everything that `lint` can find fault with: one table, each rule with the section that it comes from. */

/**
 * error: receivers refuse, drop or misread such a message. warning: readers or filters think less of it. remark: allowed, and better
 * done otherwise.
 */
export type Severity = 'error' | 'warning' | 'remark'

export interface Rule {
  readonly severity: Severity
  /** Document and section, as people cite it. */
  readonly section: string
  /** What is wrong. */
  readonly what: string
  /** How it should be. */
  readonly instead: string
}

function error(section: string, what: string, instead: string): Rule {
  return { severity: 'error', section, what, instead }
}

function warning(section: string, what: string, instead: string): Rule {
  return { severity: 'warning', section, what, instead }
}

function remark(section: string, what: string, instead: string): Rule {
  return { severity: 'remark', section, what, instead }
}

// biome-ignore format: a table, one rule a row.
export const rules = {
  // Lines and octets.
  'line-over-998': error('RFC 5322 section 2.1.1', 'the line has more than 998 octets', 'fold header fields; encode text with quoted-printable or base64'),
  'header-line-over-78': remark('RFC 5322 section 2.1.1', 'the line has more than 78 characters', 'fold it before a space'),
  'mixed-line-ends': error('RFC 5321 section 2.3.8', 'a line feed without a carriage return, in a file that has CRLF elsewhere', 'end every line with CRLF'),
  'bare-carriage-return': error('RFC 5322 section 2.2', 'a carriage return that ends no line', 'use CR only in CRLF, or encode the part'),
  'nul-octet': error('RFC 5322 section 3.5', 'a NUL octet', 'encode the part with base64'),
  'control-character': error('RFC 5322 section 2.2', 'a control character in the header section', 'leave it out, or write it in an encoded-word'),
  // The header section.
  'no-header': error('RFC 5322 section 2.1', 'the message has no header section', 'begin with header fields, then an empty line, then the body'),
  'no-field': error('RFC 5322 section 2.2', 'a line of the header section that is no header field', 'write "Name: value"; continue a field with a space at the start of the line'),
  'fold-first': error('RFC 5322 section 2.2.3', 'the message begins with white space, as if a field were continued', 'begin with the name of a header field'),
  'blank-fold': error('RFC 5322 section 3.2.2', 'a continuation line of white space alone', 'leave the line out: programs take it for the end of the header section'),
  'space-before-colon': error('RFC 5322 section 4.5', 'white space between the name of a field and its colon', 'put the colon right behind the name'),
  'repeated-field': error('RFC 5322 section 3.6', 'a field that may stand there only once', 'write it once; join addresses with commas'),
  'repeated-mime-field': error('RFC 2045 section 3', 'a MIME field that may stand there only once', 'write it once'),
  'repeated-list-field': error('RFC 2369 section 3', 'a List- field that may stand there only once', 'write it once, with all addresses in it'),
  'received-empty': error('RFC 5321 section 4.4', 'a Received field that says nothing', 'write from, by, with, for and the date'),
  // Who wrote it and when.
  'no-from': error('RFC 5322 section 3.6.2', 'there is no From field', 'add From with the address of the author'),
  'from-no-mailbox': error('RFC 5322 section 3.6.2', 'From holds no mailbox', 'write at least one address, such as From: Name <name@example.com>'),
  'no-sender': error('RFC 5322 section 3.6.2', 'From names several authors, and there is no Sender', 'add Sender with the one mailbox that sends it'),
  'sender-several': error('RFC 5322 section 3.6.2', 'Sender is not one mailbox', 'write exactly one address'),
  'no-date': error('RFC 5322 section 3.6.1', 'there is no Date field', 'add Date with the time of writing'),
  'bad-date': error('RFC 5322 section 3.3', 'the date is not written as mail has it', 'write it as in Sat, 15 Nov 2025 10:00:00 +0000'),
  'obsolete-date': warning('RFC 5322 section 4.3', 'the date has an obsolete form', 'write four digits of the year, and the zone as +hhmm or -hhmm'),
  'wrong-weekday': warning('RFC 5322 section 3.3', 'the day of the week is not that of the date', 'name the right day, or none'),
  'no-message-id': warning('RFC 5322 section 3.6.4', 'there is no Message-ID field', 'add a Message-ID that is unique in the world'),
  'bad-message-id': error('RFC 5322 section 3.6.4', 'what should be a message identifier is none', 'write <left@right> with a domain of yours on the right'),
  'bad-address': error('RFC 5322 section 3.4', 'what should be an address is none', 'write name@example.com or Name <name@example.com>; put a name with a comma in quotes'),
  'name-unquoted': warning('RFC 5322 section 3.2.5', 'a display name with special characters outside of quotes', 'put the name in quotes'),
  'bcc-in-open': warning('RFC 5322 section 3.6.3', 'Bcc shows the recipients that it should hide', 'remove Bcc before sending; name its recipients in RCPT TO alone'),
  // Octets that are not ASCII, and encoded-words.
  'subject-not-encoded': error('RFC 2047 section 5 (1)', 'Subject has characters that are not ASCII', 'write them in encoded-words'),
  'name-not-encoded': error('RFC 2047 section 5 (3)', 'a display name has characters that are not ASCII', 'write the name in encoded-words'),
  'address-not-ascii': warning('RFC 6532 section 3.2', 'an address has characters that are not ASCII', 'use A-labels (xn--) in the domain; a local part of that kind needs SMTPUTF8 on the whole way'),
  'field-not-ascii': error('RFC 5322 section 2.2', 'a header field has octets that are not ASCII', 'write them in encoded-words, in parameters as RFC 2231 has it'),
  'field-not-utf8': error('RFC 6532 section 3.2', 'a header field has octets that are not even UTF-8', 'write text in UTF-8, and encode it'),
  'word-over-75': error('RFC 2047 section 2', 'an encoded-word of more than 75 characters', 'divide it into several, separated by a folded line'),
  'word-line-over-76': error('RFC 2047 section 2', 'a line with an encoded-word has more than 76 characters', 'fold the field between encoded-words'),
  'word-in-quotes': error('RFC 2047 section 5 (3)', 'an encoded-word inside of quotes', 'leave the quotes out: in them it is shown as it stands'),
  'word-in-address': error('RFC 2047 section 5', 'an encoded-word where none may be', 'write encoded-words in names, comments and unstructured text only'),
  'word-in-parameter': error('RFC 2047 section 5', 'an encoded-word in a parameter', "write the parameter as RFC 2231 has it: filename*=utf-8''..."),
  'word-not-separate': error('RFC 2047 section 5 (1)', 'an encoded-word that touches other text', 'put white space around it'),
  'word-malformed': error('RFC 2047 section 2', 'an encoded-word that is not well-formed', 'write =?charset?q?text?= or =?charset?b?text?=, without spaces'),
  'word-splits-character': error('RFC 2047 section 5', 'a character is cut in two by the end of an encoded-word', 'end each encoded-word with a whole character'),
  'charset-name': error('RFC 2978 section 2.3', 'the charset has a name that is not registered', 'use a name of the IANA registry'),
  // MIME: the fields.
  'no-mime-version': error('RFC 2045 section 4', 'MIME fields without MIME-Version', 'add MIME-Version: 1.0'),
  'bad-mime-version': error('RFC 2045 section 4', 'MIME-Version is not 1.0', 'write MIME-Version: 1.0'),
  'bad-content-type': error('RFC 2045 section 5.1', 'Content-Type is not type/subtype', 'write it as in text/plain; charset=utf-8'),
  'bad-parameter': error('RFC 2045 section 5.1', 'a parameter is not well-formed', 'write ; name=value, with the value in quotes where it has spaces or special characters'),
  'parameter-not-ascii': error('RFC 2231 section 4', 'a parameter has octets that are not ASCII', "write it as in filename*=utf-8''na%C3%AFve.txt"),
  'bad-extended-parameter': error('RFC 2231 section 4', 'an extended parameter is not well-formed', "write charset'language'text with %XX for special octets, outside of quotes"),
  'parameter-gap': error('RFC 2231 section 3', 'the pieces of a parameter are not numbered from 0 without gaps', 'number them name*0, name*1, and so on'),
  'bad-encoding': error('RFC 2045 section 6.1', 'a Content-Transfer-Encoding that does not exist', 'use 7bit, 8bit, quoted-printable or base64'),
  'multipart-encoded': error('RFC 2045 section 6.4', 'a multipart with a transfer encoding', 'encode its parts, not the multipart: 7bit or 8bit'),
  'message-encoded': error('RFC 2046 section 5.2.1', 'an attached message with a transfer encoding', 'attach it with 7bit or 8bit'),
  // MIME: boundaries.
  'no-boundary': error('RFC 2046 section 5.1.1', 'a multipart without a boundary', 'add boundary="..." to Content-Type'),
  'bad-boundary': error('RFC 2046 section 5.1.1', 'a boundary that is too long or has characters that it must not have', 'use 1 to 70 letters, digits and \'()+_,-./:=?, and no space at the end'),
  'boundary-missing': error('RFC 2046 section 5.1.1', 'the boundary of the multipart does not occur', 'write a line of -- and the boundary before each part'),
  'boundary-not-closed': error('RFC 2046 section 5.1.1', 'the multipart is not closed', 'write a line of --, the boundary and -- behind the last part'),
  'boundary-reused': error('RFC 2046 section 5.1.2', 'a multipart within another has the same boundary', 'make a boundary of its own for each'),
  'part-header-open': error('RFC 2046 section 5.1', 'the header of a part does not end with an empty line', 'put an empty line before the content'),
  // MIME: the content.
  'undeclared-8bit': error('RFC 2045 section 6.2', 'octets that are not ASCII in a part that claims 7bit', 'declare 8bit, or better encode it with quoted-printable or base64'),
  'no-charset': error('RFC 2045 section 5.2', 'text that is not ASCII, and no charset', 'add charset=utf-8 to Content-Type'),
  'charset-wrong': error('RFC 2046 section 4.1.2', 'the text is not in the charset that is declared', 'declare the charset that the text is in'),
  'base64-line-over-76': error('RFC 2045 section 6.8', 'a base64 line of more than 76 characters', 'break the lines after 76 characters'),
  'bad-base64': error('RFC 2045 section 6.8', 'base64 with characters that it does not have, or cut off', 'encode it anew; = stands at the end only'),
  'quoted-line-over-76': error('RFC 2045 section 6.7 (5)', 'a quoted-printable line of more than 76 characters', 'break it with = at the end of the line'),
  'bad-quoted-printable': error('RFC 2045 section 6.7', 'an = that is followed by neither two hexadecimal digits nor the end of the line', 'write = itself as =3D'),
  'quoted-trailing-space': warning('RFC 2045 section 6.7 (3)', 'white space at the end of a quoted-printable line', 'write the last space as =20'),
  // Mail to many.
  'unsubscribe-malformed': error('RFC 2369 section 2', 'List-Unsubscribe does not hold URIs in angle brackets', 'write <https://...>, <mailto:...>'),
  'unsubscribe-no-https': warning('RFC 8058 section 3.1', 'List-Unsubscribe has no https URI', 'add <https://...>: the button of large mailbox providers needs it'),
  'unsubscribe-no-post': warning('RFC 8058 section 3.1', 'List-Unsubscribe has an https URI, and there is no List-Unsubscribe-Post', 'add List-Unsubscribe-Post: List-Unsubscribe=One-Click'),
  'unsubscribe-bad-post': error('RFC 8058 section 3.1', 'List-Unsubscribe-Post has another value than the one that exists', 'write List-Unsubscribe=One-Click'),
  'unsubscribe-not-signed': warning('RFC 8058 section 4', 'no DKIM signature covers the fields to unsubscribe with', 'name List-Unsubscribe and List-Unsubscribe-Post in h= of DKIM-Signature'),
  'no-unsubscribe': warning('RFC 2369 section 3.2', 'mail to many without List-Unsubscribe', 'add List-Unsubscribe and List-Unsubscribe-Post'),
  'bad-list-id': error('RFC 2919 section 3', 'List-Id does not hold an identifier in angle brackets', 'write List-Id: Name <list.example.com>'),
  'signature-without-from': error('RFC 6376 section 5.4', 'a DKIM signature that does not cover From', 'name From in h='),
  'signature-with-length': warning('RFC 6376 section 8.2', 'a DKIM signature that covers a part of the body only (l=)', 'sign without l='),
  // What was not looked at.
  'not-looked-at': remark('bounds of lint', 'more than is looked at', 'make it smaller to have it looked at'),
} as const satisfies Readonly<Record<string, Rule>>

export type RuleName = keyof typeof rules
