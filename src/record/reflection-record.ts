/** What is kept with a message to a reflector that is answered. */

/** The reflectors (docs/interop.md): what stands behind `reflect-` in the local part of their addresses. */
export const reflectors = [
  'raw',
  'subject',
  'body',
  'both',
  'redacted',
  'damage',
  'from',
  'nd',
  'dsn',
  'delayed-dsn',
] as const

export type Reflector = (typeof reflectors)[number]

/** What vouches for the sender of a message. */
export type Voucher = 'DKIM2' | 'DKIM' | 'SPF'

export interface ReflectionRecord {
  readonly reflector: Reflector
  readonly vouchedBy: Voucher
}
