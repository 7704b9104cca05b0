/** The thread of the plain path's queue: all that is waiting shares one transaction and its fsync. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { PlainBatch, PlainSettings } from './plain-store.ts'

/** As the relay's store has it. */
const walAutocheckpointPages = 4000

const { file, commitDelayMilliseconds } = workerData as PlainSettings
const port = parentPort
if (port === null) throw new Error('plain-store-worker.ts runs as a worker thread')

const database = new Database(file)
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
database.pragma(`wal_autocheckpoint = ${walAutocheckpointPages}`)
database.exec(
  'CREATE TABLE queue (id INTEGER PRIMARY KEY, envelope TEXT NOT NULL, octets BLOB NOT NULL) STRICT',
)
const insert = database.prepare('INSERT INTO queue (id, envelope, octets) VALUES (?, ?, ?)')
const remove = database.prepare('DELETE FROM queue WHERE id = ?')
const begin = database.prepare('BEGIN IMMEDIATE')
const commit = database.prepare('COMMIT')

function collectGroup(first: PlainBatch): PlainBatch[] {
  const group = [first]
  for (;;) {
    const next = port === null ? undefined : receiveMessageOnPort(port)
    if (next === undefined) return group
    group.push(next.message as PlainBatch)
  }
}

function write(group: readonly PlainBatch[]): void {
  const ids: number[] = []
  begin.run()
  for (const { inserts, removals } of group) {
    for (const row of inserts) {
      insert.run(row.id, row.envelope, row.octets)
      ids.push(row.id)
    }
    for (const id of removals) remove.run(id)
  }
  wait()
  commit.run()
  if (ids.length > 0) port?.postMessage(ids)
}

/** Holds up this thread, as an fsync on a slow disk does. */
function wait(): void {
  if (commitDelayMilliseconds > 0) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, commitDelayMilliseconds)
  }
}

port.on('message', (first: PlainBatch) => write(collectGroup(first)))
