/**
 * The footer of a list: inside the text of a message, in each alternative of it, or as a part beside it. All or nothing: no
 * reader gets two footers, and no alternative is left without. Only a body whose last line has no end gets none.
 *
 * Never is a part encoded anew. Text that is base64, signed, encrypted or in a charset that cannot hold the footer stays as it is.
 */

import type { Message } from '../message/message.ts'
import { type BodyEdit, editBody } from './body-recipe.ts'
import { displayedParts } from './displayed-parts.ts'
import { partAtEnd, wrap } from './footer-part.ts'
import { footerEdit } from './footer-place.ts'
import { type Footer, type FooterSettings, footerPart, readFooter } from './footer-text.ts'
import {
  defaultStructureBounds,
  type MimeStructure,
  mimeStructure,
  type StructureBounds,
} from './mime-structure.ts'
import { type Revision, type RevisionRule, revisionOf, unrevised } from './revision.ts'

/**
 * @param bounds of the MIME structure that is looked into; beyond them the message is wrapped as a whole
 * @throws RangeError for a footer that cannot be sent
 */
export function footer(
  settings: FooterSettings,
  bounds: StructureBounds = defaultStructureBounds,
): RevisionRule {
  const text = readFooter(settings)
  const part = footerPart(text)
  return message => {
    const structure = mimeStructure(message, bounds)
    const edits = structure && (editsInText(message.body, structure, text) ?? editsBeside(structure, part))
    if (edits) return edited(message, edits)
    const wrapping = wrap(message, part)
    return edited(message, wrapping.edits, wrapping.fields)
  }
}

function editsInText(body: Buffer, structure: MimeStructure, text: Footer): readonly BodyEdit[] | undefined {
  const edits: BodyEdit[] = []
  const parts = displayedParts(structure.root)
  for (const part of parts ?? []) {
    const edit = footerEdit(body, part, text)
    if (!edit || looksLikeBoundary(edit.lines, structure)) return undefined
    edits.push(edit)
  }
  return edits.length > 0 ? edits : undefined
}

function editsBeside(structure: MimeStructure, part: Buffer): readonly BodyEdit[] | undefined {
  const edit = looksLikeBoundary(part, structure) ? undefined : partAtEnd(structure, part)
  return edit && [edit]
}

/** A footer of hyphens, put into a message whose boundaries are hyphens, would end the part that it stands in. */
function looksLikeBoundary(lines: Buffer, { boundaries }: MimeStructure): boolean {
  const text = lines.toString('latin1').split('\r\n')
  const suspects = text.filter(line => line.startsWith('--'))
  return suspects.some(line => [...boundaries].some(boundary => line.startsWith(`--${boundary}`)))
}

/** A body that cannot be edited by lines stays as it is. */
function edited(message: Message, edits: readonly BodyEdit[], fields = message.fields): Revision {
  const made = editBody(message.body, edits)
  return made ? revisionOf(message, { ...message, fields, body: made.body }, made.steps) : unrevised(message)
}
