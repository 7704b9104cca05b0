/**
 * Where a bounce of ours goes (docs/design/bounces.md, "Where a bounce goes"): to the MAIL FROM of the highest hop of the message as
 * it was received, and nowhere else. Pure; the settings and verdicts come in.
 */

/** What is known of the message that failed. */
export interface FailedMessage {
  /** Result of the verification at reception. */
  readonly state: 'pass' | 'fail' | 'permerror' | 'temperror' | 'none'
  /** MAIL FROM that the highest DKIM2-Signature names; '' for the null reverse-path; undefined without signatures. */
  readonly highestReversePath?: string | undefined
  /** MAIL FROM of the transaction. */
  readonly reversePath: string
  /** SPF passed or an aligned DKIM signature did, or the client is one of ours: the envelope sender is no forgery. */
  readonly senderAuthenticated: boolean
  /** The message is a report itself, made here or elsewhere. */
  readonly isReport: boolean
}

export type ReturnPath =
  | { readonly kind: 'send'; readonly forwardPath: string }
  | { readonly kind: 'none'; readonly reason: string }

/** Decides who hears of the failure; `none` says for the log why nobody does. */
export function returnPath(failed: FailedMessage): ReturnPath {
  if (failed.isReport) return none('a report is never answered with a report')
  if (failed.reversePath === '') return none('the reverse-path is null')
  if (failed.state === 'pass') return toHighestHop(failed.highestReversePath)
  if (failed.state === 'none') {
    return failed.senderAuthenticated
      ? { kind: 'send', forwardPath: failed.reversePath }
      : none('no signature and neither SPF nor DKIM vouch for the sender')
  }
  return none(`verification had ended with ${failed.state}`)
}

function toHighestHop(highestReversePath: string | undefined): ReturnPath {
  if (highestReversePath === undefined) return none('no DKIM2-Signature names a reverse-path')
  if (highestReversePath === '') return none('the highest DKIM2-Signature has a null reverse-path')
  return { kind: 'send', forwardPath: highestReversePath }
}

function none(reason: string): ReturnPath {
  return { kind: 'none', reason }
}
