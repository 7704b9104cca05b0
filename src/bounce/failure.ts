/**
 * What a report says of a failure: the status code, and an explanation that names nothing from beyond this hop
 * (docs/design/bounces.md, "The recipient fields"). Pure.
 */

/** What is known of a delivery that failed. */
export interface Failure {
  /** Forward-path as the previous hop gave it. */
  readonly recipient: string
  /** Why this side gave up; may begin with an enhanced status code. */
  readonly reason: string | null
  /** The reason was written for the sender and names nothing but the recipient. Default false. */
  readonly isForSender?: boolean
  /** Last reply of a next hop, where there was one. */
  readonly reply: { readonly code: number; readonly enhanced: string } | null
}

export interface ExplainedFailure {
  readonly status: string
  readonly explanation: string
  /** Reply code and, where the next hop gave one, enhanced status code. */
  readonly replyCodes?: string
}

const explanations: Readonly<Record<string, string>> = {
  '5.1.1': 'the address does not exist',
  '5.1.2': 'the domain of the address does not exist',
  '5.1.3': 'the address cannot be carried in a DKIM2 signature',
  '5.1.10': 'the domain of the address does not accept mail',
  '5.2.1': 'the mailbox does not accept mail',
  '5.2.2': 'the mailbox is full',
  '5.3.4': 'the message is too large for the next hop',
  '5.4.4': 'no host for the address can be reached',
  '5.4.6': 'the address leads back to itself (mail loop)',
  '5.4.7': 'the message could not be delivered within the time allowed',
  '5.6.3': 'the next hop does not support messages with 8-bit octets',
  '5.6.7': 'the next hop does not support internationalised addresses or header fields',
  '5.7.1': 'policy does not allow the message to be forwarded',
}

/** A status code in general words (RFC 3463). */
export function explainStatus(status: string): string {
  const known = explanations[status]
  if (known !== undefined) return known
  if (status.startsWith('2.')) return 'the message was accepted'
  return status.startsWith('4.')
    ? 'the message could not be delivered yet'
    : 'the message could not be delivered'
}

const statusPattern = /^(5\.\d{1,3}\.\d{1,3})\b/

/** Status code and explanation of a failure, for the report. */
export function explainFailure(failure: Failure): ExplainedFailure {
  if (failure.reply !== null && failure.reply.code >= 500) return explainReply(failure.reply)
  const status = statusPattern.exec(failure.reason ?? '')?.[1] ?? '5.0.0'
  const explanation =
    failure.isForSender === true && failure.reason !== null
      ? failure.reason.replace(statusPattern, '').trim()
      : explainStatus(status)
  return failure.reply === null
    ? { status, explanation }
    : { status, explanation, replyCodes: codesOf(failure.reply) }
}

function explainReply(reply: { readonly code: number; readonly enhanced: string }): ExplainedFailure {
  const status = reply.enhanced.startsWith('5.') ? reply.enhanced : '5.0.0'
  const replyCodes = codesOf(reply)
  return { status, explanation: `the next hop refused it (${replyCodes})`, replyCodes }
}

function codesOf(reply: { readonly code: number; readonly enhanced: string }): string {
  return `${reply.code} ${reply.enhanced}`.trimEnd()
}
