/** Messages and deliveries on their way to the database, and what new deliveries are: they need not be read back. */

import { plannedDelivery } from '../planned-delivery.ts'
import type { NewDelivery, NewMessage, StoredDelivery } from '../records.ts'
import type { Connection } from './database.ts'
import { type DeliveryInsert, deliveryInsert } from './delivery-rows.ts'
import { codedChange, type Entry } from './entry.ts'
import { type Blob, type MessageInsert, messageInsert } from './message-rows.ts'

/** The row of a message; its octets are added to `blobs`. */
export function messageRow(blobs: Blob[], message: NewMessage): MessageInsert {
  const row = messageInsert(message)
  blobs.push(row.octets, row.prepend)
  return row
}

/** The rows of deliveries; their octets are added to `blobs`. */
export function deliveryRows(blobs: Blob[], deliveries: readonly NewDelivery[]): DeliveryInsert[] {
  return deliveries.map(delivery => {
    const row = deliveryInsert(delivery)
    blobs.push(row.prefix)
    return row
  })
}

/** The deliveries that a plan has made, in the order of their ordinals; none where it was made before. */
export function plannedDeliveries(
  queueId: string,
  deliveries: readonly NewDelivery[],
  ids: readonly number[] = [],
): StoredDelivery[] {
  const planned = ids.length === 0 ? [] : deliveries
  const numbered = planned.map((delivery, index) => plannedDelivery(queueId, ids[index] ?? 0, delivery))
  return numbered.sort((a, b) => a.ordinal - b.ordinal)
}

/** A change that spools a mail of our own making with its deliveries, and answers their ids; none: it was not to be. */
export function changeWithMail<Cause>(
  perform: (
    connection: Connection,
    cause: Cause,
    message: MessageInsert,
    deliveries: readonly DeliveryInsert[],
  ) => number[],
): Entry<[cause: Cause, message: NewMessage, deliveries: readonly NewDelivery[]], StoredDelivery[]> {
  return codedChange(
    perform,
    (blobs, cause, message, deliveries) => [
      cause,
      messageRow(blobs, message),
      deliveryRows(blobs, deliveries),
    ],
    (ids, _, message, deliveries) => plannedDeliveries(message.queueId, deliveries, ids),
  )
}
