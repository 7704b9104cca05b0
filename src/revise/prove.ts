/** The proof that a revision can be undone, made before a revised message goes on. */

import { applyRecipe, MessageVersion, type Recipe } from '../dkim2/index.ts'
import { isUnsignedSince08 } from '../dkim2/unsigned-fields.ts'
import { type Message, readMessage } from '../message/message.ts'
import type { Revision } from './revision.ts'

export type Proof =
  | { readonly kind: 'proved' }
  /** The revision must not be used; `reason` is for the log. */
  | { readonly kind: 'failed'; readonly reason: string }

export interface ProofBounds {
  /** Octets of lines and field values that a recipe gives back. */
  readonly maxRestoredBytes: number
}

/**
 * Lists of this size come from fields that a poster has made large; the recipe travels in the header section of every copy,
 * and many receivers take 64 KiB of that at most.
 */
export const defaultProofBounds: ProofBounds = { maxRestoredBytes: 16 * 1024 }

/**
 * Undoes a revision and compares what comes out with the message as it was received: the header hash, and the octets of the
 * body. The same octets have the same hashes in every canonical form, and those of MIME parts too, which no form covers.
 */
export function proveRevision(
  before: Message,
  revision: Revision,
  bounds: ProofBounds = defaultProofBounds,
): Proof {
  const restored = restoredBytes(revision.recipe)
  if (restored > bounds.maxRestoredBytes) {
    return failed(`the recipe gives back ${restored} octets, more than ${bounds.maxRestoredBytes}`)
  }
  const arriving = asItArrives(revision.message)
  if (!arriving) return failed('the header section would be read differently than it was made')
  const undone = applyRecipe(arriving, revision.recipe)
  if (!undone) return failed('the recipe does not fit the revised message')
  const was = new MessageVersion(0, before)
  const is = new MessageVersion(0, undone)
  if (!headerHash(was).equals(headerHash(is))) return failed('the recipe does not restore the header fields')
  if (!before.body.equals(undone.body)) {
    return failed('the recipe does not restore the body')
  }
  return { kind: 'proved' }
}

/**
 * The message after a journey over the wire. A header section that begins with white space goes on what was put above it,
 * and is not read as it was.
 */
function asItArrives({ fields, separator, body }: Message): Message | undefined {
  const header = readMessage(Buffer.concat([...fields.map(field => field.octets), separator]))
  const isSame =
    header.fields.length === fields.length &&
    header.fields.every((field, at) => field.octets.length === fields[at]?.octets.length)
  return isSame ? { ...header, body } : undefined
}

/** Of the fields that any revision of any profile signs. */
function headerHash(version: MessageVersion): Buffer {
  return version.headerHash(isUnsignedSince08, 'sha256')
}

function restoredBytes(recipe: Recipe): number {
  const changes = [...recipe.headers.map(header => header.change), recipe.body ?? []]
  const items = changes.flatMap(change =>
    change === 'unrecoverable' ? [] : change.flatMap(step => (step.kind === 'data' ? step.items : [])),
  )
  return items.reduce((sum, item) => sum + item.length, 0)
}

function failed(reason: string): Proof {
  return { kind: 'failed', reason }
}
