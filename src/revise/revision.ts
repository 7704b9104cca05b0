/**
 * Stage 5, *revise*: what a list changes in a message, together with the recipe that leads back.
 * draft-ietf-dkim-dkim2-spec-06 section 5.
 *
 * Each rule is a function from a message to a revision; rules run one after another and their recipes become one. Rules are
 * pure: they check their settings when they are made (and throw then), and no message makes them throw.
 */

import type { Recipe, Step } from '../dkim2/index.ts'
import type { HeaderField, Message } from '../message/message.ts'
import { composeBodySteps } from './body-recipe.ts'
import { addedNames, headerChanges } from './header-recipe.ts'

/** A message as it goes on, and the way back to the message that it was. */
export interface Revision {
  readonly message: Message
  /** What leads from `message` back; empty (see `isRevised`) where nothing was changed. */
  readonly recipe: Recipe
  /** Names of the signed header fields of which there is one more than before, once for each. */
  readonly addedFields: readonly string[]
}

/** One small revision. Never throws, whatever the message. */
export type RevisionRule = (message: Message) => Revision

const crlf = Buffer.from('\r\n')

/**
 * Runs the rules in their order; each sees what the one before it has made.
 *
 * A rule may also give a revision that was made before, if it is the first and was made from this message: that is how all
 * copies for a list share what does not depend on the subscriber.
 */
export function revise(message: Message, rules: readonly RevisionRule[]): Revision {
  const start = completed(message)
  let current = start
  let body: readonly Step[] | undefined
  for (const rule of rules) {
    const { message: next, recipe } = rule(current)
    body = composed(bodySteps(recipe), body)
    current = next
  }
  const revision = revisionOf(start, current, body)
  return isRevised(revision) || current !== start ? revision : unrevised(message)
}

/** True if the revision changes anything that is signed: only then a recipe is written for it. */
export function isRevised(revision: Revision): boolean {
  return revision.recipe.headers.length > 0 || revision.recipe.body !== undefined
}

/** The revision that changes nothing. */
export function unrevised(message: Message): Revision {
  return { message, recipe: { headers: [] }, addedFields: [] }
}

/**
 * The revision from one message to another that was made of it by replacing, adding and removing fields.
 *
 * @param body leads from the body of `after` to that of `before`; undefined where both are the same
 */
export function revisionOf(before: Message, after: Message, body?: readonly Step[]): Revision {
  const headers = headerChanges(before.fields, after.fields)
  const recipe = body === undefined ? { headers } : { headers, body }
  return { message: after, recipe, addedFields: addedNames(before.fields, after.fields) }
}

/** A revision of header fields alone. */
export function withFields(before: Message, fields: readonly HeaderField[]): Revision {
  const isSame =
    fields.length === before.fields.length && fields.every((field, at) => field === before.fields[at])
  if (isSame) return unrevised(before)
  return revisionOf(before, { ...before, fields })
}

function composed(
  later: readonly Step[] | undefined,
  earlier: readonly Step[] | undefined,
): readonly Step[] | undefined {
  return later && earlier ? composeBodySteps(later, earlier) : (later ?? earlier)
}

/** No rule declares the past lost. */
function bodySteps(recipe: Recipe): readonly Step[] | undefined {
  return recipe.body === 'unrecoverable' ? undefined : recipe.body
}

/**
 * The message with the ends of its last field and its header section, which a message cut off in its header lacks. The
 * canonical forms are the same, and fields and text can be added.
 */
function completed(message: Message): Message {
  if (message.separator.length > 0) return message
  const fields = message.fields.map(field =>
    field.octets.subarray(-2).equals(crlf)
      ? field
      : { ...field, octets: Buffer.concat([field.octets, crlf]) },
  )
  return { ...message, fields, separator: crlf }
}
