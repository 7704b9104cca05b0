/** How what an operator asks for can end otherwise than with an answer. Commands print these texts as they are, the API answers them. */

/** A mistake of the person who asks. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** What was asked for cannot be done as things are. */
export class OperationFailed extends Error {
  override readonly name: string = 'OperationFailed'
}

/** What was named is not there. */
export class NotThere extends OperationFailed {
  override readonly name = 'NotThere'
}
