/** What an operator does to deliveries that are still to be made. */

/** Which deliveries are meant; only open ones are ever changed. */
export type DeliverySelection =
  | { readonly kind: 'message'; readonly queueId: string; readonly ordinal?: number }
  | { readonly kind: 'destination'; readonly destination: string }
  | { readonly kind: 'all' }

/** How deliveries are given up. */
export interface Deletion {
  readonly at: number
  /** For the hop log, and for the report. */
  readonly reason: string
  /** The sender is told, as of any other failure. */
  readonly isReported: boolean
}
