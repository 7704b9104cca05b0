/** Which parts of a message a reader sees last as its text: below them nothing more of it comes. RFC 2046 section 5.1, RFC 2387. */

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

/** What may stand beside text and is shown as something else: an invitation. */
const besideText: ReadonlySet<string> = new Set(['text/calendar', 'application/ics'])

/**
 * The text parts at whose ends the text of the message ends: one, or one for each alternative.
 *
 * @returns undefined where that cannot be said, or what is shown must not be touched; nothing where nothing that is shown is text
 */
export function displayedParts(part: MimePart): readonly MimePart[] | undefined {
  const { type, boundary } = part.header
  if (opaqueTypes.has(type)) return undefined
  if (boundary === undefined) return leaf(part)
  if (type === 'multipart/alternative') return alternatives(part.parts)
  if (type === 'multipart/related') return root(part)
  // The text of a multipart/report comes first (RFC 6522 section 3).
  const inOrder = type === 'multipart/report' ? part.parts.slice(0, 1) : part.parts.toReversed()
  for (const child of inOrder) {
    const shown = displayedParts(child)
    if (!shown || shown.length > 0) return shown
  }
  return []
}

/** Text of another kind (markdown, enriched) is shown as well, and nobody knows how to add to it. */
function leaf(part: MimePart): readonly MimePart[] | undefined {
  const { type, isFile } = part.header
  if (isFile || !type.startsWith('text/') || besideText.has(type)) return []
  return type === 'text/plain' || type === 'text/html' ? [part] : undefined
}

/** The part that `start` names, else the first (RFC 2387 section 3.2). */
function root({ header, parts }: MimePart): readonly MimePart[] | undefined {
  const start = header.parameters.get('start')
  const found =
    start === undefined ? parts.slice(0, 1) : parts.filter(one => one.header.contentId === start.trim())
  const [only, ...others] = found
  return only === undefined || others.length > 0 ? undefined : displayedParts(only)
}

/**
 * Every alternative: nobody knows which one a reader prefers, so that one that shows anything but text leaves no place that all see.
 */
function alternatives(parts: readonly MimePart[]): readonly MimePart[] | undefined {
  const shown: MimePart[] = []
  for (const part of parts) {
    const texts = displayedParts(part)
    if (!texts || (texts.length === 0 && !besideText.has(part.header.type))) return undefined
    shown.push(...texts)
  }
  return shown
}
