/** What PostgreSQL and its driver say, as errors of the store. */
import { StoreError, type StoreErrorCode } from '../store-error.ts'

/** A failure as the server names it (SQLSTATE), or the operating system. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

/** Whether it is the server that says it. The operating system has codes of five letters too, such as EPIPE. */
export function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code)
}

const byClass: Readonly<Record<string, StoreErrorCode>> = {
  '23': 'conflict',
  '25': 'read-only',
  '28': 'refused',
  '3D': 'refused',
  '42': 'internal',
  '53': 'away',
  '55': 'busy',
  '57': 'away',
  '58': 'io',
}

/** Two transactions stood in each other's way: the same again will do. */
export function isCollision(error: unknown): boolean {
  return ['40001', '40P01'].includes(codeOf(error))
}

/** Translates what the driver throws; a StoreError passes through. Neither the user nor the password is in the text. */
export function fromPostgres(error: unknown, server: string): StoreError {
  if (error instanceof StoreError) return error
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  const kind =
    code === '53100' ? 'full' : isSqlState(code) ? (byClass[code.slice(0, 2)] ?? 'internal') : 'away'
  const text = `the database server at ${server}: ${withoutCredentials(message) || 'no answer'}${code === '' ? '' : ` (${code})`}`
  return new StoreError(isCollision(error) ? 'busy' : kind, text)
}

/** "password authentication failed for user ..." is all that a server says of credentials. */
function withoutCredentials(text: string): string {
  return text.replace(/\b(user|role) "[^"]*"/g, '$1 (not shown)').replace(/:\/\/[^\s@/]*@/g, '://...@')
}
