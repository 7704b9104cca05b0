/**
 * The leaf parts of a MIME message with the numbers that IMAP gives them (RFC 9051 section 6.4.5.1).
 *
 * An attached message (message/rfc822) is one leaf. Malformed MIME never fails: what cannot be taken apart is a leaf.
 */

import { type MimeChunk, type MimeNode, Splitter } from 'mailsplit'
import { fieldValue, type Message } from './message.ts'
import { type MimeHeader, mimeHeader, plainMimeHeader } from './mime-header.ts'
import { type Outline, outlineOf } from './mime-outline.ts'
import { decodeQuotedPrintable } from './quoted-printable.ts'

export interface LeafPart {
  /** '1', '2.1'; a message that is no multipart has the one part '1'. */
  readonly number: string
  /** `type/subtype`, lower case. */
  readonly contentType: string
  /** The Content-Transfer-Encoding, lower case; 7bit where there is none. */
  readonly encoding: string
  /** The content as it stands in the message, without the CRLF that belongs to a boundary. */
  readonly octets: Buffer
}

export interface MimeBounds {
  /** Parts of any kind, which also bounds their depth. */
  readonly maxParts: number
  /** Lines that begin with two hyphens, boundaries or not. */
  readonly maxBoundaryLines: number
}

/**
 * A thousand parts is more than any mail program shows; numbering takes time in their depth, so that the square of
 * this number must stay small. Lines of two hyphens also occur in text (signatures, diffs), hence the larger number.
 */
export const defaultMimeBounds: MimeBounds = { maxParts: 1_000, maxBoundaryLines: 20_000 }

/**
 * Finds the leaf parts, in the order of the message.
 *
 * @returns undefined where the message exceeds the bounds
 */
export async function leafParts(
  message: Message,
  bounds: MimeBounds = defaultMimeBounds,
): Promise<readonly LeafPart[] | undefined> {
  const header = mimeHeaderOf(message)
  if (header.boundary === undefined) {
    return [{ number: '1', contentType: header.contentType, encoding: header.encoding, octets: message.body }]
  }
  const outline = outlineOf(plainMimeHeader(header), message.body, bounds.maxBoundaryLines)
  if (!outline) return undefined
  const leaves = await splitOutline(outline, bounds.maxParts)
  return leaves?.map(leaf => leafPart(leaf, message.body, outline))
}

/** The content of a part after its transfer encoding is removed; an unknown encoding is left as it is. */
export function decodedContent(part: LeafPart): Buffer {
  if (part.encoding === 'base64') return Buffer.from(part.octets.toString('latin1'), 'base64')
  if (part.encoding === 'quoted-printable') return decodeQuotedPrintable(part.octets)
  return part.octets
}

/** The message's own MIME header. */
export function mimeHeaderOf(message: Message): MimeHeader {
  let contentType: string | undefined
  let encoding: string | undefined
  for (const field of message.fields) {
    const name = field.name.toLowerCase()
    if (name === 'content-type') contentType ??= fieldValue(field)
    else if (name === 'content-transfer-encoding') encoding ??= fieldValue(field)
  }
  return mimeHeader(contentType, encoding)
}

/** A leaf as mailsplit sees it; offsets into the outline, -1 for a part without text. */
interface OutlineLeaf {
  readonly node: MimeNode
  start: number
  end: number
}

/** Undefined where mailsplit gives up, which it does on more than `maxParts` parts. */
function splitOutline(outline: Outline, maxParts: number): Promise<OutlineLeaf[] | undefined> {
  return new Promise(resolve => {
    const leaves = new Map<MimeNode, OutlineLeaf>()
    const splitter = new Splitter({ ignoreEmbedded: true, maxChildNodes: maxParts })
    splitter.on('data', (item: MimeNode | MimeChunk) => {
      if (item.type === 'node') {
        if (!item.multipart) leaves.set(item, { node: item, start: -1, end: -1 })
      } else if (item.type === 'body') {
        extend(leaves.get(item.node), item.value.byteOffset - outline.octets.byteOffset, item.value.length)
      }
    })
    splitter.once('error', () => resolve(undefined))
    splitter.once('end', () => resolve([...leaves.values()]))
    splitter.end(outline.octets)
  })
}

function extend(leaf: OutlineLeaf | undefined, start: number, length: number): void {
  if (!leaf) return
  if (leaf.start < 0) leaf.start = start
  leaf.end = start + length
}

function leafPart(leaf: OutlineLeaf, body: Buffer, outline: Outline): LeafPart {
  const numbers = (leaf.node.partNr || []).filter(part => typeof part === 'number')
  return {
    number: numbers.length === 0 ? '1' : numbers.join('.'),
    contentType: leaf.node.contentType || 'text/plain',
    encoding: leaf.node.encoding || '7bit',
    octets:
      leaf.start < 0
        ? body.subarray(0, 0)
        : body.subarray(outline.sourceStart(leaf.start), outline.sourceEnd(leaf.end)),
  }
}
