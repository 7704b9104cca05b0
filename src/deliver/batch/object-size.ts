/** How many messages an object for a gateway has: fewer after one that was too large, for the gateway or for a contact. Pure. */
export interface ObjectSize {
  readonly messages: number
  /** The gateway itself has refused more: it is not tried again while the relay runs. */
  readonly isFixed: boolean
}

/** The gateway refused an object of so many messages for its size. */
export function afterRefusal(posted: number): ObjectSize {
  return { messages: half(posted), isFixed: true }
}

/**
 * An object of so many messages had no answer.
 *
 * @param losses in a row, this one included: the first may be the end of a contact, and says nothing of the object
 */
export function afterLoss(
  size: ObjectSize | undefined,
  posted: number,
  losses: number,
): ObjectSize | undefined {
  return losses < 2 ? size : { messages: half(posted), isFixed: size?.isFixed ?? false }
}

/** An object of so many messages was answered: where it was as large as it might be, the next one may be twice as large. */
export function afterAnswer(size: ObjectSize | undefined, posted: number): ObjectSize | undefined {
  if (size === undefined || size.isFixed || posted < size.messages) return size
  return { messages: posted * 2, isFixed: false }
}

function half(messages: number): number {
  return Math.max(1, Math.floor(messages / 2))
}
