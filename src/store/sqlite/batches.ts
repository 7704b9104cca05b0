/** What passes between the store's thread and the thread that asks. */

import type { StoreSettings } from '../settings.ts'
import type { StoreErrorCode } from '../store-error.ts'
import type { RequestName } from './entry.ts'
import type { Blob } from './message-rows.ts'

/** What the store's thread is started with. */
export type WorkerSettings = Omit<StoreSettings, 'onDeath' | 'onDamage'>

/** A request on its way: its number, its name, its rows. */
export type Request = readonly [id: number, name: RequestName, rows: readonly unknown[]]

/** An answer on its way: the number of its request and the result or the error. */
export type Answer = readonly [id: number, result: unknown, error?: { code: StoreErrorCode; message: string }]

/** What goes to the store's thread: the requests of one turn of the event loop. */
export interface RequestBatch {
  readonly requests: readonly Request[]
  /** How many octets come with them. */
  readonly sizeBytes: number
  /** Set once, in the last batch. */
  readonly close?: true
}

/** What comes back. */
export type AnswerBatch =
  | { readonly kind: 'ready'; readonly relay: number; readonly isAfterCrash: boolean }
  | { readonly kind: 'refused'; readonly code: StoreErrorCode; readonly message: string }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[]; readonly commits: number }
  | { readonly kind: 'closed' }

/**
 * Puts the octets of several requests into one buffer, which is handed over to the other thread instead of copied;
 * the blobs then are views on it. One copy, no matter what buffers the octets were views of.
 */
export function packBlobs(blobs: readonly Blob[]): Buffer<ArrayBuffer> {
  const sizeBytes = blobs.reduce((sum, blob) => sum + blob.bytes.byteLength, 0)
  const packed = Buffer.allocUnsafeSlow(sizeBytes)
  let offset = 0
  for (const blob of blobs) {
    packed.set(blob.bytes, offset)
    blob.bytes = new Uint8Array(packed.buffer, offset, blob.bytes.byteLength)
    offset += blob.bytes.byteLength
  }
  return packed
}
