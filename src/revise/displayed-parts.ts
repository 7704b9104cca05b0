/** Which parts of a message a reader sees first as its text. RFC 2046 section 5.1, RFC 2387. */

import type { MimePart } from './mime-structure.ts'

const opaqueTypes: ReadonlySet<string> = new Set([
  // What is signed must not be changed, and what is encrypted cannot be: RFC 1847, RFC 8551, RFC 3156.
  'multipart/signed',
  'multipart/encrypted',
  'application/pkcs7-mime',
  'application/x-pkcs7-mime',
  'application/pgp-encrypted',
  // Its parts are messages.
  'multipart/digest',
])

/**
 * The text parts that show the message: one, or one for each alternative.
 *
 * @returns undefined where what is shown must not be touched; nothing where nothing that is shown is text
 */
export function displayedParts(part: MimePart): readonly MimePart[] | undefined {
  const { type, boundary } = part.header
  if (opaqueTypes.has(type)) return undefined
  if (boundary === undefined) return isText(part) ? [part] : []
  if (type === 'multipart/alternative') return alternatives(part.parts)
  // The root of a multipart/related comes first, as does the text of a multipart/report.
  const isFirstOnly = type === 'multipart/related' || type === 'multipart/report'
  for (const child of isFirstOnly ? part.parts.slice(0, 1) : part.parts) {
    const shown = displayedParts(child)
    if (!shown || shown.length > 0) return shown
  }
  return []
}

/** Every alternative that shows text: nobody knows which one a reader prefers. An invitation beside them is left alone. */
function alternatives(parts: readonly MimePart[]): readonly MimePart[] | undefined {
  const shown: MimePart[] = []
  for (const part of parts) {
    const texts = displayedParts(part)
    if (!texts || (texts.length === 0 && isTextType(part.header.type))) return undefined
    shown.push(...texts)
  }
  return shown
}

function isText(part: MimePart): boolean {
  return isTextType(part.header.type) && !part.header.isFile
}

function isTextType(type: string): boolean {
  return type === 'text/plain' || type === 'text/html'
}
