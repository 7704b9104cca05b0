/** What the database driver throws, in the codes of the store. */
import type { StoreErrorCode } from '../store-error.ts'
import { StoreError } from '../store-error.ts'

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
