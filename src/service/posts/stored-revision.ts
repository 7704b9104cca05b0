/** The way back from a revised post as the store keeps it: JSON, octets of recipes in base64. */
import type { Change, HeaderChange, Recipe, Step } from '../../dkim2/index.ts'
import { type Message, readMessage } from '../../message/message.ts'
import type { Revision } from '../../revise/revision.ts'

type StoredStep = readonly [from: number, to: number] | { readonly items: readonly string[] }
type StoredChange = readonly StoredStep[] | 'unrecoverable'

interface StoredRevision {
  readonly headers: readonly { readonly name: string; readonly change: StoredChange }[]
  readonly body?: StoredChange
  readonly addedFields: readonly string[]
}

/** For the store; the message goes there as octets. */
export function revisionText({ recipe, addedFields }: Revision): string {
  const stored: StoredRevision = {
    headers: recipe.headers.map(({ name, change }) => ({ name, change: stepsOf(change) })),
    ...(recipe.body === undefined ? {} : { body: stepsOf(recipe.body) }),
    addedFields,
  }
  return JSON.stringify(stored)
}

/** As it was stored. @param octets of the revised message */
export function storedRevision(text: string, octets: Buffer): Revision {
  const stored = JSON.parse(text) as StoredRevision
  const message: Message = readMessage(octets)
  return { message, recipe: recipeOf(stored), addedFields: stored.addedFields }
}

/** The way back alone, where the octets are no longer kept. */
export function storedRecipe(text: string): Recipe {
  return recipeOf(JSON.parse(text) as StoredRevision)
}

function recipeOf({ headers, body }: StoredRevision): Recipe {
  return {
    headers: headers.map(({ name, change }): HeaderChange => ({ name, change: changeOf(change) })),
    ...(body === undefined ? {} : { body: changeOf(body) }),
  }
}

function stepsOf(change: Change): StoredChange {
  if (change === 'unrecoverable') return change
  return change.map(step =>
    step.kind === 'copy' ? [step.from, step.to] : { items: step.items.map(item => item.toString('base64')) },
  )
}

function changeOf(change: StoredChange): Change {
  if (change === 'unrecoverable') return change
  return change.map(
    (step): Step =>
      'items' in step
        ? { kind: 'data', items: step.items.map(item => Buffer.from(item, 'base64')) }
        : { kind: 'copy', from: step[0], to: step[1] },
  )
}
