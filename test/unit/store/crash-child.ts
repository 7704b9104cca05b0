/**
 * Runs until it is killed: spools and plans messages and prints the queue id of each that the store has answered.
 * Arguments: database file.
 */

import { openStore } from '../../../src/store/open-store.ts'
import { queueIds } from '../../../src/store/queue-ids.ts'
import { records } from '../../support/records.ts'

const store = await openStore({ file: process.argv[2] ?? '' })
const ids = queueIds({ clock: Date.now, last: await store.lastQueueId() })
const now = Date.now()

async function lane(): Promise<never> {
  for (;;) {
    const queueId = ids.next()
    await store.spool({
      queueId,
      receivedAt: now,
      record: records.forward,
      state: 'spooled',
      listener: null,
      peer: null,
      envelope: { reversePath: '', forwardPaths: [], smtpUtf8: false },
      octets: Buffer.from(queueId.repeat(600)),
      prepend: Buffer.alloc(0),
      removed: [],
    })
    // A pipe is written synchronously: what the parent reads was answered before.
    process.stdout.write(`${queueId}\n`)
  }
}

await Promise.all(Array.from({ length: 20 }, lane))
