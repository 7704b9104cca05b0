/** What can be said of lines and octets without knowing what they mean. RFC 5322 section 2. */
import type { Note } from './findings.ts'

/** RFC 5322 section 2.1.1, without the CRLF. */
const maxLineOctets = 998
const wantedLineOctets = 78

/** @param headerEnd offset of the body */
export function checkLines(octets: Buffer, headerEnd: number, note: Note): void {
  for (let start = 0; start < octets.length; ) {
    const found = octets.indexOf('\r\n', start, 'latin1')
    const end = found < 0 ? octets.length : found
    checkLength(start, end, start < headerEnd, note)
    const carriageReturn = octets.subarray(start, end).indexOf('\r')
    if (carriageReturn >= 0) note('bare-carriage-return', start + carriageReturn)
    const nul = octets.subarray(start, end).indexOf(0)
    if (nul >= 0) note('nul-octet', start + nul)
    start = end + 2
  }
  checkControls(octets.toString('latin1', 0, headerEnd), note)
}

function checkLength(start: number, end: number, isHeader: boolean, note: Note): void {
  const length = end - start
  if (length > maxLineOctets) {
    note('line-over-998', start + maxLineOctets, { found: `${length} octets` })
  } else if (isHeader && length > wantedLineOctets) {
    note('header-line-over-78', start + wantedLineOctets, { found: `${length} octets` })
  }
}

/** NUL, CR and LF have rules of their own. */
function checkControls(header: string, note: Note): void {
  for (const { index, 0: octet } of header.matchAll(/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/g)) {
    note('control-character', index, { found: `octet ${octet.charCodeAt(0)}` })
  }
}
