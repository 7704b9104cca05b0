/** Writing lines of text in quoted-printable. RFC 2045 section 6.7. */

/** Of an encoded line with its soft line break. */
const maxLineLength = 76

/**
 * One line of text (without its line end) as one or more encoded lines, joined by soft line breaks. ASCII.
 *
 * White space at the end is encoded, and so is what mail programs change in a line that begins with `From `.
 */
export function quotedPrintableLine(octets: Buffer): string {
  const letters = Array.from(octets, (octet, index) => encodedOctet(octet, index === octets.length - 1))
  if (octets.toString('latin1', 0, 5) === 'From ') letters[0] = '=46'
  let text = ''
  let column = 0
  for (const [index, letter] of letters.entries()) {
    const room = index === letters.length - 1 ? maxLineLength : maxLineLength - 1
    if (column + letter.length > room) {
      text += '=\r\n'
      column = 0
    }
    text += letter
    column += letter.length
  }
  return text
}

function encodedOctet(octet: number, isLast: boolean): string {
  const isPlain = octet > 0x20 && octet < 0x7f && octet !== 0x3d
  const isInnerSpace = (octet === 0x20 || octet === 0x09) && !isLast
  if (isPlain || isInnerSpace) return String.fromCharCode(octet)
  return `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
}
