/** The entries of the table of requests (requests.ts) that are about relays: those that share the store, and what they leave when they end. */
import { change, question, type Table } from './entry.ts'
import * as relays from './relays.ts'
import { putSealedFile, sealedFiles } from './sealed-files.ts'
import * as underWay from './under-way.ts'

export const relayEntries = {
  renewLease: change(relays.renewLease),
  claimJob: change(relays.claimJob),
  claimWork: change(relays.claimWork),
  relays: question(relays.relays),
  sealedFiles: question(sealedFiles),
  putSealedFile: change(putSealedFile),
  suspectWork: question(underWay.suspectWork),
  beginSuspect: change(underWay.beginSuspect),
  clearSuspect: change(underWay.clearSuspect),
} satisfies Partial<Table>
