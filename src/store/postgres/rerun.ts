/**
 * The questions and changes of store/sqlite/ on another engine. They are written for statements that answer at once, and depend on nothing
 * but their parameters and those answers. So one is run until it needs an answer that is not there yet; that is fetched, and it is run
 * again from its start with all that is known. What it answers in the end is what it would have answered at once.
 */
import type { Connection, Statement } from '../sqlite/database.ts'
import { roomOfServer } from '../sqlite/free-room.ts'
import { StoreError } from '../store-error.ts'
import type { Answer, Ask } from './lane.ts'

/** The relay whose claims are made. */
export interface Claimant {
  relay: number | null
}

/** The answer to this statement is not known yet. */
class Unanswered extends Error {
  readonly sql: string
  readonly parameters: readonly unknown[]

  constructor(sql: string, parameters: readonly unknown[]) {
    super('a statement has no answer yet')
    this.sql = sql
    this.parameters = parameters
  }
}

/** What loops over much has a form of its own for this engine; the others ask some dozens of statements. */
const maxStatements = 5_000

/** Runs a question or a change. Rejects with what it throws, or the driver. */
export async function rerun<Result>(
  perform: (connection: Connection) => Result,
  claimant: Claimant,
  ask: Ask,
): Promise<Result> {
  const answers: Answer[] = []
  while (answers.length < maxStatements) {
    try {
      return perform(new KnownAnswers(answers, claimant))
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      answers.push(await ask(error.sql, ...error.parameters))
    }
  }
  throw new StoreError('internal', `a request asks more than ${maxStatements} statements`)
}

/** Answers in the order in which they were asked for before. */
class KnownAnswers implements Connection {
  readonly isShared = true
  readonly room = roomOfServer
  readonly #answers: readonly Answer[]
  readonly #claimant: Claimant
  #next = 0

  constructor(answers: readonly Answer[], claimant: Claimant) {
    this.#answers = answers
    this.#claimant = claimant
  }

  get relay(): number | null {
    return this.#claimant.relay
  }

  set relay(number: number | null) {
    this.#claimant.relay = number
  }

  /** Whoever runs it sees to that. */
  snapshot<T>(work: () => T): T {
    return work()
  }

  changesOfOthers(): boolean {
    throw new StoreError('internal', 'this engine has its own way to tell')
  }

  statement(sql: string): Statement {
    return statementOf(
      parameters => {
        const answer = this.#answers[this.#next++]
        if (answer === undefined) throw new Unanswered(sql, parameters)
        return answer
      },
      row => row,
    )
  }
}

function statementOf(
  answerTo: (parameters: readonly unknown[]) => Answer,
  shape: (row: Readonly<Record<string, unknown>>) => unknown,
): Statement {
  return {
    run(...parameters) {
      const { rows, count } = answerTo(parameters)
      return {
        changes: count,
        get lastInsertRowid() {
          return numberOf(rows[0])
        },
      }
    },
    get(...parameters) {
      const [row] = answerTo(parameters).rows
      return row === undefined ? undefined : shape(row)
    },
    all: (...parameters) => answerTo(parameters).rows.map(shape),
    pluck: () => statementOf(answerTo, row => Object.values(row)[0]),
  }
}

/** Of a new row. A statement that does not answer it is missing among those that do (dialect.ts). */
function numberOf(row: Readonly<Record<string, unknown>> | undefined): number {
  if (typeof row?.id !== 'number')
    throw new StoreError('internal', 'a statement answers no number of a new row')
  return row.id
}
