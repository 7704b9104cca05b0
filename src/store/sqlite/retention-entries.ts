/** The entries of the table of requests (requests.ts) that are about how long things are kept. */
import { change, decodedQuestion, type Table } from './entry.ts'
import { forgetInLists, forgetInMessages } from './forget.ts'
import { toBuffer } from './message-rows.ts'
import { prune } from './prune.ts'
import { dropHeaders, headerSection, shedBodies } from './shed-bodies.ts'

export const retentionEntries = {
  prune: change(prune),
  shedBodies: change(shedBodies),
  headerSection: decodedQuestion(headerSection, section => section && toBuffer(section)),
  dropHeaders: change(dropHeaders),
  shrink: change(connection => connection.room.shrink()),
  forgetInMessages: change(forgetInMessages),
  forgetInLists: change(forgetInLists),
  scrub: { isChange: false, perform: connection => connection.room.scrub() },
} satisfies Partial<Table>
