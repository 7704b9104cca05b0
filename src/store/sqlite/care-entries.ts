/** The entries of the table of requests (requests.ts) that are about what the postmaster is told once a day. */
import * as digest from './digest.ts'
import { change, question, type Table } from './entry.ts'
import { changeWithMail } from './planned.ts'

export const careEntries = {
  untoldLosses: question(digest.untoldLosses),
  stuckDestinations: question(digest.stuckDestinations),
  digestLookedAt: question(digest.digestLookedAt),
  noteDigestLook: change(digest.noteDigestLook),
  spoolDigest: changeWithMail(digest.spoolDigest),
} satisfies Partial<Table>
