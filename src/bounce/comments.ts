/** Comments of structured header fields (RFC 5322 section 3.2.2). */

/**
 * The text without its comments, nested ones too, trimmed. Brackets in quoted strings are text; a comment that is not closed
 * reaches to the end. Linear.
 */
export function withoutComments(text: string): string {
  let plain = ''
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string
    if (character === '\\' && (isQuoted || depth > 0)) {
      if (depth === 0) plain += text.slice(at, at + 2)
      at++
    } else if (character === '"' && depth === 0) {
      isQuoted = !isQuoted
      plain += character
    } else if (character === '(' && !isQuoted) depth++
    else if (character === ')' && !isQuoted && depth > 0) depth--
    else if (depth === 0) plain += character
  }
  return plain.trim()
}
