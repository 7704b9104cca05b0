/**
 * The store's thread: it alone writes to the database, so that no fsync ever holds up the event loop. It takes all
 * that is waiting into one transaction; what arrives meanwhile is the next one. Nothing waits while it is idle.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { loneRelay } from '../relay-records.ts'
import type { Answer, AnswerBatch, Request, RequestBatch, WorkerSettings } from './batches.ts'
import { openDatabase, type SqliteConnection } from './database.ts'
import { toStoreError } from './driver-error.ts'
import { FileGuard } from './file-guard.ts'
import { answerQuestions, commitGroup } from './group-commit.ts'
import { claim } from './owner.ts'
import { enter, leave } from './relays.ts'

/** Bounds of a group, so that the first of it does not wait for ever and the write-ahead log stays small. */
const maxGroupRequests = 512
const maxGroupBytes = 16 * 1024 * 1024

/** From here on octets are handed over instead of copied; below, copying costs less. */
const handOverFromBytes = 32 * 1024

const port = parentPort
if (port === null) throw new Error('worker.ts runs as a worker thread')

let commits = 0

function start(settings: WorkerSettings): void {
  try {
    const { file, isShared = false, relay = loneRelay } = settings
    const releaseClaim = claim(file, isShared ? relay.name : undefined)
    const connection = openDatabase(settings)
    const guard = new FileGuard(file)
    guard.damage()
    connection.isShared = isShared
    let isAfterCrash = true
    noteRun(connection, () => {
      isAfterCrash = enter(connection, relay)
    })
    const release = () => {
      guard.close()
      releaseClaim()
    }
    port?.on('message', (first: RequestBatch) => serve(connection, settings, first, release, guard))
    post({ kind: 'ready', relay: connection.relay ?? 0, isAfterCrash })
  } catch (error) {
    const { code, message } = toStoreError(error)
    post({ kind: 'refused', code, message })
  }
}

function serve(
  connection: SqliteConnection,
  settings: WorkerSettings,
  first: RequestBatch,
  release: () => void,
  guard: FileGuard,
): void {
  for (let batch: RequestBatch | undefined = first; batch !== undefined; batch = nextBatch()) {
    const { requests, close } = collectGroup(batch)
    serveOrRefuse(connection, settings, requests, guard)
    if (close) {
      finish(connection, release)
      return
    }
  }
}

/** A batch together with those that came while the last group was served. */
function collectGroup(first: RequestBatch): { requests: Request[]; close: boolean } {
  const requests = [...first.requests]
  let sizeBytes = first.sizeBytes
  let close = first.close === true
  while (requests.length < maxGroupRequests && sizeBytes < maxGroupBytes && !close) {
    const batch = nextBatch()
    if (batch === undefined) break
    requests.push(...batch.requests)
    sizeBytes += batch.sizeBytes
    close = batch.close === true
  }
  return { requests, close }
}

function nextBatch(): RequestBatch | undefined {
  if (port === null) return undefined
  return receiveMessageOnPort(port)?.message as RequestBatch | undefined
}

/** What SQLite itself has found corrupt is not mended by asking again. */
let corrupt: string | undefined

/** A database that is damaged takes nothing and answers nothing: what it says cannot be relied on. */
function serveOrRefuse(
  connection: SqliteConnection,
  settings: WorkerSettings,
  group: readonly Request[],
  guard: FileGuard,
): void {
  const message = corrupt ?? guard.damage()
  if (message === undefined) serveGroup(connection, settings, group)
  else
    post({
      kind: 'answers',
      answers: group.map(([id]) => [id, undefined, { code: 'damaged', message }]),
      commits,
    })
}

function serveGroup(connection: SqliteConnection, settings: WorkerSettings, group: readonly Request[]): void {
  const { answers, committed } = commitGroup(connection, group, () =>
    wait(settings.commitDelayMilliseconds ?? 0),
  )
  if (committed) commits += 1
  if (answers.length > 0) postAnswers(answers)
  const answered = answerQuestions(connection, group)
  if (answered.length > 0) postAnswers(answered)
}

function postAnswers(answers: readonly Answer[]): void {
  const handedOver: ArrayBuffer[] = []
  for (const [, result, error] of answers) {
    if (error?.code === 'damaged' || error?.code === 'not-a-store') corrupt = error.message
    collectBuffers(result, handedOver)
  }
  post({ kind: 'answers', answers, commits }, handedOver)
}

/** The octets of messages in a result, as far as each has its buffer for itself. */
function collectBuffers(result: unknown, into: ArrayBuffer[]): void {
  if (typeof result !== 'object' || result === null) return
  if (Array.isArray(result)) {
    for (const one of result) collectBuffers(one, into)
    return
  }
  if (!('octets' in result) || !(result.octets instanceof Uint8Array)) return
  const { buffer, byteLength } = result.octets
  if (buffer instanceof ArrayBuffer && byteLength >= handOverFromBytes && byteLength === buffer.byteLength) {
    into.push(buffer)
  }
}

/** A full disk keeps nobody from starting or stopping: then the end of this run is judged as the one before was. */
function noteRun(connection: SqliteConnection, change: () => void): void {
  try {
    connection.database.transaction(change).immediate()
  } catch (error) {
    if (toStoreError(error).code !== 'full' || connection.isShared) throw error
  }
}

function finish(connection: SqliteConnection, release: () => void): void {
  noteRun(connection, () => leave(connection))
  connection.database.close()
  release()
  post({ kind: 'closed' })
  port?.close()
}

function post(batch: AnswerBatch, handedOver: ArrayBuffer[] = []): void {
  port?.postMessage(batch, handedOver)
}

/** Holds up this thread, as an fsync on a slow disk does. */
function wait(milliseconds: number): void {
  if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

start(workerData as WorkerSettings)
