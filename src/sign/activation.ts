/** When a new key begins to sign: its record must be seen in DNS first, or nobody could verify it. Pure. */
import type { KeyNote } from './key-note.ts'
import type { KeyStanding } from './key-standing.ts'
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
  standing: KeyStanding,
  published: Pick<PublishedKey, 'state' | 'found'>,
  times: { readonly nowMilliseconds: number; readonly keepMilliseconds: number },
): Activation {
  if (standing.state !== 'pending') return { kind: 'wait', reason: `the key is ${standing.state}` }
  if (published.state !== 'ok') {
    const found = published.found === undefined ? '' : `: ${published.found}`
    return { kind: 'wait', reason: `its record in DNS is ${published.state}${found}` }
  }
  const { nowMilliseconds, keepMilliseconds } = times
  const replaced =
    standing.replaces === undefined ? {} : { replacedUntil: nowMilliseconds + keepMilliseconds }
  return { kind: 'activate', note: { ...standing.note, activeSince: nowMilliseconds, ...replaced } }
}
