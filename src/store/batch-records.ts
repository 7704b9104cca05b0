/** Messages that came in Batch SMTP objects. */
export interface BatchMessage {
  /** What it was taken as, or was to be. */
  readonly queueId: string
  /** It was answered with 250; false: whether it was taken, the message of that queue id tells. */
  readonly isTaken: boolean
}
