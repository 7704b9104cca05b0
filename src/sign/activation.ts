/** When a new key begins to sign: its record must be seen in DNS first, or nobody could verify it. Pure. */
import type { KeyNote } from './key-note.ts'
import type { KeyStatus } from './key-status.ts'
import type { PublishedKey } from './published.ts'

export type Activation =
  /** `note` is what to write down; from then on the key signs. */
  { readonly kind: 'activate'; readonly note: KeyNote } | { readonly kind: 'wait'; readonly reason: string }

/**
 * Decides for one pending key.
 *
 * @param published how its record compares with what DNS says
 * @param keepMilliseconds how long the record of the key that it replaces stays published: as long as what it has signed
 *   may still be queued (the life of the queue) and verified (the life of a signature)
 */
export function decideActivation(
  status: KeyStatus,
  published: Pick<PublishedKey, 'state' | 'found'>,
  times: { readonly nowMilliseconds: number; readonly keepMilliseconds: number },
): Activation {
  if (status.state !== 'pending') return { kind: 'wait', reason: `the key is ${status.state}` }
  if (published.state !== 'ok') {
    const found = published.found === undefined ? '' : `: ${published.found}`
    return { kind: 'wait', reason: `its record in DNS is ${published.state}${found}` }
  }
  const { nowMilliseconds, keepMilliseconds } = times
  const replaced = status.replaces === undefined ? {} : { replacedUntil: nowMilliseconds + keepMilliseconds }
  return { kind: 'activate', note: { ...status.note, activeSince: nowMilliseconds, ...replaced } }
}
