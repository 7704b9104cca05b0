/**
 * Why the store could not do what was asked.
 * - `full`: no room on the disk; nothing of the request was kept, it can be repeated later
 * - `io`: the disk failed; as above
 * - `busy`: another process kept the database locked for too long
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

/** Translates what the database driver throws; a StoreError passes through. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const code = sqliteCode(error)
  const message = error instanceof Error ? error.message : String(error)
  return new StoreError(storeErrorCode(code), code === '' ? message : `${message} (${code})`, {
    cause: error,
  })
}

function sqliteCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

function storeErrorCode(code: string): StoreErrorCode {
  if (code === 'SQLITE_FULL') return 'full'
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy'
  if (code.startsWith('SQLITE_CONSTRAINT')) return 'conflict'
  if (code.startsWith('SQLITE_CORRUPT')) return 'damaged'
  if (code === 'SQLITE_NOTADB') return 'not-a-store'
  return ioCodes.some(prefix => code.startsWith(prefix)) ? 'io' : 'internal'
}

const ioCodes = ['SQLITE_IOERR', 'SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_NOMEM', 'SQLITE_PERM']

/** True for what the operator is told once, when it begins, and not for each request that it makes fail. */
export function isDamage(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'damaged'
}
