/** What an owner decides about a held post, by mail or on the command line. */

import type { PostRejection } from '../store/post-records.ts'

/**
 * A rejection of which the poster hears, as of a copy that failed; only a poster who may be told of failures is told.
 *
 * @param listAddress of the list
 * @param reason of the owner, for the poster; one line, may be empty
 */
export function rejectionOf(
  listAddress: string,
  reason: string,
  times: { readonly at: number; readonly keepUntil: number },
): PostRejection {
  const why = reason === '' ? '' : `: ${reason}`
  return {
    ...times,
    reason: `rejected by an owner${why}`,
    failure: `5.7.1 an owner of ${listAddress} has rejected the message${why}`,
  }
}
