/**
 * The tree of parts of a MIME body with the offsets of each: where text can be put in without touching a line that is there.
 * RFC 2046 section 5.1.
 *
 * One pass over the lines that begin with two hyphens. Only a structure that every reader sees alike is given: each multipart
 * begun and ended by its own boundary, properly nested. Anything else is left alone as a whole.
 */

import { nextLine } from '../message/body-lines.ts'
import { type Message, readMessage } from '../message/message.ts'
import { defaultMimeBounds, type MimeBounds } from '../message/mime-parts.ts'
import { type ContentHeader, contentHeader, isIdentity } from './content-header.ts'

/** A message or one of its parts; offsets are those of the message's body. */
export interface MimePart {
  readonly header: ContentHeader
  /** Where the header begins; 0 for the message itself, whose header is elsewhere. */
  readonly headerStart: number
  readonly bodyStart: number
  /** Without the CRLF that belongs to a boundary. */
  readonly bodyEnd: number
  /** Where the line begins that ends the part: that of a boundary, or what follows the last line of the body. */
  readonly endLine: number
  /** The header ended with an empty line. */
  readonly isHeaderEnded: boolean
  /** Of a multipart, in their order. */
  readonly parts: readonly MimePart[]
  /** Of a multipart: where the line of its closing boundary begins. */
  readonly closeLine: number | undefined
}

export interface MimeStructure {
  readonly root: MimePart
  /** Of all multiparts. */
  readonly boundaries: ReadonlySet<string>
}

export interface StructureBounds extends MimeBounds {
  /** Multiparts in multiparts; mail programs make four or five. */
  readonly maxDepth: number
}

export const defaultStructureBounds: StructureBounds = { ...defaultMimeBounds, maxDepth: 30 }

/** Undefined where the structure is not clear, or exceeds the bounds. */
export function mimeStructure(
  message: Message,
  bounds: StructureBounds = defaultStructureBounds,
): MimeStructure | undefined {
  const { body } = message
  const root = new OpenPart(contentHeader(message.fields), 0, 0, true)
  root.end(body.length, body.length)
  if (root.header.boundary === undefined) return { root, boundaries: new Set() }
  const boundaries = scan(body, root, bounds)
  return boundaries && { root, boundaries }
}

class OpenPart implements MimePart {
  readonly header: ContentHeader
  readonly headerStart: number
  readonly bodyStart: number
  readonly isHeaderEnded: boolean
  readonly parts: OpenPart[] = []
  bodyEnd = 0
  endLine = 0
  closeLine: number | undefined = undefined

  constructor(header: ContentHeader, headerStart: number, bodyStart: number, isHeaderEnded: boolean) {
    this.header = header
    this.headerStart = headerStart
    this.bodyStart = bodyStart
    this.isHeaderEnded = isHeaderEnded
  }

  end(bodyEnd: number, endLine: number): void {
    this.bodyEnd = Math.max(this.bodyStart, bodyEnd)
    this.endLine = endLine
  }
}

function scan(body: Buffer, root: OpenPart, bounds: StructureBounds): ReadonlySet<string> | undefined {
  const boundaries = new Set<string>()
  const open: OpenPart[] = []
  if (!enter(root, open, boundaries, bounds)) return undefined
  let partCount = 1
  let at = nextHyphens(body, 0)
  for (let lines = 0; at < body.length; lines++) {
    if (lines === bounds.maxBoundaryLines) return undefined
    const lineEnd = nextLine(body, at)
    const meaning = meaningOf(boundaryText(body, at, lineEnd), open, boundaries)
    if (meaning === 'unclear') return undefined
    let from = lineEnd
    const inner = open.at(-1)
    if (meaning !== 'text' && inner) {
      inner.parts.at(-1)?.end(at - 2, at)
      if (meaning === 'close') {
        inner.closeLine = at
        open.pop()
      } else {
        const part = readPart(body, lineEnd)
        inner.parts.push(part)
        if (++partCount > bounds.maxParts || !enter(part, open, boundaries, bounds)) return undefined
        from = part.bodyStart
      }
    }
    at = nextHyphens(body, from)
  }
  return open.length === 0 ? boundaries : undefined
}

/** Opens a multipart; false where that makes the structure unclear. Any other part changes nothing. */
function enter(part: OpenPart, open: OpenPart[], boundaries: Set<string>, bounds: StructureBounds): boolean {
  const { boundary } = part.header
  if (boundary === undefined) return true
  const isUsable = !/[ \t]$/.test(boundary) && !boundary.endsWith('--') && !boundaries.has(boundary)
  const isPlain = part.isHeaderEnded && isIdentity(part.header.encoding)
  if (!isUsable || !isPlain || open.length >= bounds.maxDepth) return false
  boundaries.add(boundary)
  open.push(part)
  return true
}

/**
 * Readers differ on where a multipart ends when an outer boundary comes before it has closed, or its own comes again after
 * it has.
 */
function meaningOf(
  text: string | undefined,
  open: readonly OpenPart[],
  boundaries: ReadonlySet<string>,
): 'next' | 'close' | 'text' | 'unclear' {
  if (text === undefined) return 'text'
  const isClose = text.endsWith('--')
  const boundary = isClose ? text.slice(0, -2) : text
  if (!boundaries.has(boundary)) return 'text'
  if (open.at(-1)?.header.boundary !== boundary) return 'unclear'
  return isClose ? 'close' : 'next'
}

/** Longer lines are no boundaries (mime-header.ts takes up to 200 octets); white space at the end is padding. */
const maxBoundaryLine = 300

function boundaryText(body: Buffer, start: number, end: number): string | undefined {
  if (end - start > maxBoundaryLine) return undefined
  return body.toString('latin1', start + 2, end).replace(/[ \t\r\n]+$/, '')
}

/** Where the next line that begins with two hyphens begins, `from` being the beginning of a line. */
function nextHyphens(body: Buffer, from: number): number {
  if (body[from] === 0x2d && body[from + 1] === 0x2d) return from
  const at = body.indexOf('\r\n--', from, 'latin1')
  return at < 0 ? body.length : at + 2
}

/** The header of a part goes to an empty line, or up to a line that could be a boundary. */
function readPart(body: Buffer, start: number): OpenPart {
  const limit = nextHyphens(body, start)
  const blank = body.subarray(start - 2, limit).indexOf('\r\n\r\n', 0, 'latin1')
  const bodyStart = blank < 0 ? limit : start - 2 + blank + 4
  const { fields } = readMessage(body.subarray(start, bodyStart))
  return new OpenPart(contentHeader(fields), start, bodyStart, blank >= 0)
}
