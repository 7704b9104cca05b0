/** What becomes of a held post when somebody who may do so has decided: by mail, by a link, or on the pages. */
import { rejectionOf } from '../../lists/post-decision.ts'
import type { StoredPost } from '../../store/post-records.ts'
import type { Store } from '../../store/store.ts'

export interface DecideDependencies {
  readonly store: Pick<Store, 'approvePost' | 'rejectPost'>
  /** Unix milliseconds. */
  clock(): number
  /** Until when the message of a post that is rejected at that time is kept. */
  keepUntil(milliseconds: number): number
}

/** False: it was decided before. */
export async function decidePost(
  { id, listAddress }: Pick<StoredPost, 'id' | 'listAddress'>,
  isYes: boolean,
  { store, clock, keepUntil }: DecideDependencies,
): Promise<boolean> {
  if (isYes) return store.approvePost(id)
  const at = clock()
  return store.rejectPost(id, rejectionOf(listAddress, '', { at, keepUntil: keepUntil(at) }))
}
