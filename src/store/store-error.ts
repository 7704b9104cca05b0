/**
 * Why the store could not do what was asked.
 * - `full`: no room on the disk; nothing of the request was kept, it can be repeated later
 * - `io`: the disk failed; as above
 * - `busy`: another process kept the database locked for too long, or the database server does not keep up
 * - `away`: the database server cannot be reached, or ends what it was asked; as above
 * - `refused`: the database server takes no such client, or cannot be used
 * - `in-use`: another relay runs on this database
 * - `missing`, `not-a-store`, `older`, `newer`: the file cannot be opened as a store of this version
 * - `open-to-others`: other users of this machine may enter the folder of the database
 * - `damaged`: the files of the open database have gone, were replaced, or are corrupt; nothing is stored until somebody mends that
 * - `read-only`: a change was asked of a store that was opened for reading
 * - `unknown`: the request names something that is not there
 * - `conflict`: the request breaks a rule of the schema, e.g. a queue id that exists
 * - `closed`: the store was closed or its thread ended
 * - `internal`: a defect in this program
 */
export type StoreErrorCode =
  | 'full'
  | 'io'
  | 'busy'
  | 'away'
  | 'refused'
  | 'in-use'
  | 'missing'
  | 'not-a-store'
  | 'older'
  | 'newer'
  | 'open-to-others'
  | 'damaged'
  | 'read-only'
  | 'unknown'
  | 'conflict'
  | 'closed'
  | 'internal'

/** A failure of the store; `code` says what can be done about it. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** True for what the operator is told once, when it begins, and not for each request that it makes fail. */
export function isDamage(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'damaged'
}
