/** What is kept with a command to a list that is obeyed. */
export type CommandRecord = RequestCommand | ConfirmCommand | DecideCommand

/** The rest stands in the request that was stored with the message. */
export interface RequestCommand {
  readonly do: 'request'
  readonly listId: number
  readonly isVouched: boolean
  /** A program asked: it is not answered. */
  readonly isSilent?: boolean
}

export interface ConfirmCommand {
  readonly do: 'confirm'
  readonly listId: number
  readonly requestId: number
}

/** An owner has decided about a subscription or a post. */
export interface DecideCommand {
  readonly do: 'decide'
  readonly listId: number
  readonly about: 'subscription' | 'post'
  readonly id: number
  readonly isYes: boolean
}
