/**
 * Going back through the versions of a message. draft-ietf-dkim-dkim2-spec-06 section 10.2.
 *
 * Undoing a version changes signed header fields and the body; the DKIM2 fields stay where they are, as the chain has
 * been read from them and no canonical form of a state includes them.
 */

import type { HeaderField, Message } from '../message/message.ts'
import type { WorkBudget } from './bounds.ts'
import { MessageVersion } from './message-version.ts'
import type { Chain, Hop, Recipe, Version } from './model.ts'
import { applyBodySteps, applyHeaderChanges, fieldCounter } from './recipe.ts'
import type { RestoredBodies } from './restored-bodies.ts'

const crlf = Buffer.from('\r\n')

/** Why a version could not be undone. */
export type UndoFailure = 'unrecoverable' | 'misfit' | 'too large'

/**
 * The message before `version` was made.
 *
 * @param state the message at `version`
 * @param budget is charged for a rebuilt body and the header section
 * @param restored remembers rebuilt bodies for messages that have their body in common
 */
export function previousVersion(
  state: MessageVersion,
  version: Version,
  budget: WorkBudget,
  restored?: RestoredBodies,
): MessageVersion | UndoFailure {
  if (version.changes.unrecoverable) return 'unrecoverable'
  if (!version.changes.body && version.changes.headers.length === 0) {
    return new MessageVersion(version.number - 1, state.message, state)
  }
  const recipe = version.recipe(fieldCounter(state.message.fields))
  if (!recipe) return 'misfit'
  const rebuilds = recipe.body === undefined ? 0 : state.message.body.length
  if (!budget.spend(rebuilds + version.field.octets.length)) return 'too large'
  const message = applyRecipe(state.message, recipe, restored)
  return message ? new MessageVersion(version.number - 1, message, state) : 'misfit'
}

/** The message that a recipe leads back to; undefined where it does not fit or declares the past lost. */
export function applyRecipe(
  message: Message,
  recipe: Recipe,
  restored?: RestoredBodies,
): Message | undefined {
  if (recipe.body === 'unrecoverable') return undefined
  const apply = restored ? restored.apply.bind(restored) : applyBodySteps
  const body = recipe.body === undefined ? message.body : apply(message.body, recipe.body)
  const fields =
    recipe.headers.length === 0 ? message.fields : applyHeaderChanges(message.fields, recipe.headers)
  return body && fields ? rejoined(message, fields, body) : undefined
}

/** A message that ended with its header needs the empty line when a body comes back, and every field its line end. */
function rejoined(message: Message, fields: Message['fields'], body: Buffer): Message {
  const separator = message.separator.length === 0 && body.length > 0 ? crlf : message.separator
  const isJoined = separator === message.separator && fields === message.fields
  return { fields: isJoined ? fields : fields.map(withLineEnd), separator, body }
}

function withLineEnd(field: HeaderField): HeaderField {
  const isEnded = field.octets.subarray(-2).equals(crlf)
  return isEnded ? field : { ...field, octets: Buffer.concat([field.octets, crlf]) }
}

/** The lowest version that can be rebuilt: the highest one that declares the version before it lost, or 0. */
export function lowestRecoverable(versions: readonly Version[]): number {
  return versions.findLast(version => version.changes.unrecoverable)?.number ?? 0
}

/** The hop that added a version: the first that had signed it. Undefined where none has. */
export function introducingHop(chain: Chain, version: number): Hop | undefined {
  return chain.hops.find(hop => hop.version >= version)
}
