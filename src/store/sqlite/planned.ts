/** Messages and deliveries on their way to the database, and what new deliveries are: they need not be read back. */
import type { NewDelivery, NewMessage, StoredDelivery } from '../records.ts'
import type { Connection } from './database.ts'
import { type DeliveryInsert, deliveryInsert, plannedDelivery, toDelivery } from './delivery-rows.ts'
import { codedChange, type Entry } from './entry.ts'
import { type Blob, type MessageInsert, messageInsert } from './message-rows.ts'
import type { Planned } from './messages.ts'

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

/** The deliveries that a plan has made or found, in the order of their ordinals. */
export function plannedDeliveries(
  queueId: string,
  deliveries: readonly NewDelivery[],
  result: Planned,
): StoredDelivery[] {
  if ('rows' in result) return result.rows.map(toDelivery)
  const numbered = deliveries.map((delivery, index) =>
    plannedDelivery(queueId, result.ids[index] ?? 0, delivery),
  )
  return numbered.sort((a, b) => a.ordinal - b.ordinal)
}

/** The deliveries of a message that was spooled together with them; without ids it was not to be. */
export function spooledDeliveries(
  ids: number[],
  message: NewMessage,
  deliveries: readonly NewDelivery[],
): StoredDelivery[] {
  return ids.length === 0 ? [] : plannedDeliveries(message.queueId, deliveries, { ids })
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
    (ids, _, message, deliveries) => spooledDeliveries(ids, message, deliveries),
  )
}
