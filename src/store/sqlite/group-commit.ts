/**
 * Group commit: the changes of many requests share a transaction and its fsync. A request that fails is undone alone;
 * a commit that fails takes all of its requests with it, and the next one starts afresh.
 */

import type { Answer, Request } from './batches.ts'
import type { SqliteConnection } from './database.ts'
import { toStoreError } from './driver-error.ts'
import { requestOf } from './requests.ts'

/** What became of a group. */
export interface GroupResult {
  readonly answers: readonly Answer[]
  readonly committed: boolean
}

/** A request whose failure made SQLite give up the whole transaction, with everybody's changes: a full disk does. */
class TransactionLost extends Error {
  readonly requestId: number

  constructor(requestId: number, cause: unknown) {
    super('the transaction was given up', { cause })
    this.requestId = requestId
  }
}

/** How often a group is tried again without the request that it was lost by, before all of it is refused. */
const maxLost = 4

/**
 * Carries out the changes among the requests in one transaction, in their order.
 * @param beforeCommit called right before the commit
 */
export function commitGroup(
  connection: SqliteConnection,
  requests: readonly Request[],
  beforeCommit: () => void,
): GroupResult {
  let changes = requests.filter(([, name]) => requestOf(name).isChange)
  const refused: Answer[] = []
  while (changes.length > 0) {
    try {
      const { answers, committed } = commitOnce(connection, changes, beforeCommit)
      return { answers: [...refused, ...answers], committed }
    } catch (error) {
      if (connection.database.inTransaction) connection.statement('ROLLBACK').run()
      const lost = error instanceof TransactionLost && refused.length < maxLost ? error : undefined
      const fails = ([id]: Request) => lost === undefined || id === lost.requestId
      const cause = error instanceof TransactionLost ? error.cause : error
      refused.push(...changes.filter(fails).map(([id]) => refusal(id, cause)))
      changes = changes.filter(request => !fails(request))
    }
  }
  return { answers: refused, committed: false }
}

function commitOnce(
  connection: SqliteConnection,
  changes: readonly Request[],
  beforeCommit: () => void,
): GroupResult {
  connection.statement('BEGIN IMMEDIATE').run()
  const answers = changes.map(request => attemptAlone(connection, request))
  const committed = answers.some(([, , error]) => error === undefined)
  if (committed) beforeCommit()
  connection.statement(committed ? 'COMMIT' : 'ROLLBACK').run()
  return { answers, committed }
}

/** Answers the questions among the requests. After the commit: they see what is certain, and nobody waits for them. */
export function answerQuestions(connection: SqliteConnection, requests: readonly Request[]): Answer[] {
  const questions = requests.filter(([, name]) => !requestOf(name).isChange)
  return questions.map(([id, name, rows]): Answer => {
    try {
      return [id, requestOf(name).perform(connection, ...rows)]
    } catch (error) {
      return refusal(id, error)
    }
  })
}

function attemptAlone(connection: SqliteConnection, [id, name, rows]: Request): Answer {
  connection.statement('SAVEPOINT request').run()
  try {
    const result = requestOf(name).perform(connection, ...rows)
    connection.statement('RELEASE request').run()
    return [id, result]
  } catch (error) {
    if (!connection.database.inTransaction) throw new TransactionLost(id, error)
    connection.statement('ROLLBACK TO request').run()
    connection.statement('RELEASE request').run()
    return refusal(id, error)
  }
}

function refusal(id: number, error: unknown): Answer {
  const { code, message } = toStoreError(error)
  return [id, undefined, { code, message }]
}
