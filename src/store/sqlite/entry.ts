/** What one question or change of the `Store` is to SQLite. */
import type { Store } from '../store.ts'
import type { Connection } from './database.ts'
import type { Blob } from './message-rows.ts'

/** What can be asked of a store, apart from what is done in the process that asks. */
export type Requests = Omit<Store, 'statistics' | 'relay' | 'isAfterCrash' | 'close'>

export type RequestName = keyof Requests

/**
 * `encode` and `decode` run where the store is asked, `perform` where the database is: maybe in another thread. What crosses
 * between them are rows: plain values that are cheap to copy.
 */
export interface Entry<Parameters extends readonly unknown[], Result> {
  /** Changes share transactions; questions see what is committed. */
  readonly isChange: boolean
  /** Makes rows of the parameters, and adds their octets to `blobs`. Absent: they are rows already. */
  readonly encode?: (blobs: Blob[], ...parameters: Parameters) => readonly unknown[]
  /** Throws what the database throws. */
  readonly perform: (connection: Connection, ...rows: readonly unknown[]) => unknown
  /** Makes records of the rows of an answer. Absent: they are records already. */
  readonly decode?: (rows: unknown, ...parameters: Parameters) => Result
}

/** An entry for each question and each change. */
export type Table = {
  readonly [Name in RequestName]: Entry<Parameters<Requests[Name]>, Awaited<ReturnType<Requests[Name]>>>
}

type Perform<Rows extends unknown[] | [], Answer> = (connection: Connection, ...rows: Rows) => Answer

/** A question whose answer is records. */
export function question<Parameters extends unknown[], Result>(
  perform: Perform<Parameters, Result>,
): Entry<Parameters, Result> {
  return { isChange: false, perform: perform as AnyEntry['perform'] }
}

/** A question whose answer has rows in it. */
export function decodedQuestion<Parameters extends unknown[], Answer, Result>(
  perform: Perform<Parameters, Answer>,
  decode: (answer: Answer) => Result,
): Entry<Parameters, Result> {
  return {
    isChange: false,
    perform: perform as AnyEntry['perform'],
    decode: (rows, ..._) => decode(rows as Answer),
  }
}

/** A change whose answer has rows in it. */
export function decodedChange<Parameters extends unknown[], Answer, Result>(
  perform: Perform<Parameters, Answer>,
  decode: (answer: Answer) => Result,
): Entry<Parameters, Result> {
  return { ...decodedQuestion(perform, decode), isChange: true }
}

/** A change whose parameters and answer are plain values. */
export function change<Parameters extends unknown[], Result>(
  perform: Perform<Parameters, Result>,
): Entry<Parameters, Result> {
  return { isChange: true, perform: perform as AnyEntry['perform'] }
}

/** A change with records among its parameters. */
export function encodedChange<Parameters extends unknown[], Rows extends unknown[] | [], Result>(
  perform: Perform<Rows, Result>,
  encode: (blobs: Blob[], ...parameters: Parameters) => Rows,
): Entry<Parameters, Result> {
  return { isChange: true, perform: perform as AnyEntry['perform'], encode }
}

/** A change with records among its parameters and in its answer. */
export function codedChange<Parameters extends unknown[], Rows extends unknown[] | [], Answer, Result>(
  perform: Perform<Rows, Answer>,
  encode: (blobs: Blob[], ...parameters: Parameters) => Rows,
  decode: (answer: NoInfer<Answer>, ...parameters: Parameters) => Result,
): Entry<Parameters, Result> {
  return {
    isChange: true,
    perform: perform as AnyEntry['perform'],
    encode,
    decode: decode as (rows: unknown, ...parameters: Parameters) => Result,
  }
}

/** An entry whose types are not known: they were checked where the table was made. */
export interface AnyEntry {
  readonly isChange: boolean
  encode?(blobs: Blob[], ...parameters: readonly unknown[]): readonly unknown[]
  perform(connection: Connection, ...rows: readonly unknown[]): unknown
  decode?(rows: unknown, ...parameters: readonly unknown[]): unknown
}
