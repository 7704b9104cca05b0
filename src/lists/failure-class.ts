/**
 * What a failed copy says about the address of its subscriber (RFC 3463, RFC 7372, RFC 7505). Most refusals are about the message,
 * the list or this relay, and whoever counts those throws people off the list for what they have not done. Pure.
 */

/** A failure as it was told: by the reply of a next hop, by a report that came back, or by this side. */
export interface CopyFailure {
  /** Reply code; absent where there was no reply. */
  readonly code?: number | undefined
  /** Enhanced status code, of the reply, of the report, or of the reason. */
  readonly status?: string | undefined
  /** What was said, for people: text of the reply, diagnostic of the report, reason of this side. */
  readonly text: string
  /** The next hop refused the recipient, not the message. */
  readonly isAboutRecipient: boolean
}

/**
 * `hard`: there is no such address, or it takes no mail. `soft`: it got no mail this time, and nobody knows why for good. `none`: it
 * is not the address's doing, and does not count.
 */
export type FailureClass = 'hard' | 'soft' | 'none'

/** Codes that say more than the first two numbers of theirs do. */
const classOfStatus: Readonly<Record<string, FailureClass>> = {
  // Bad sender: mailbox syntax, system, both about the reverse-path.
  '1.7': 'none',
  '1.8': 'none',
  // The destination is valid; something else was wrong.
  '1.5': 'soft',
  // The address of a host that is ambiguous, or moved without a new address.
  '1.4': 'soft',
  '2.1': 'hard',
  '2.2': 'soft',
  // The message is too long for the mailbox, or for the host.
  '2.3': 'none',
  '3.4': 'none',
  // No host for the domain.
  '4.4': 'hard',
  // The account is disabled; the mailbox has a new owner (RFC 7293).
  '7.13': 'hard',
  '7.17': 'hard',
}

/** By the subject of the code: the address, the mailbox, the system, the way there, the dialogue, the content, a policy. */
const classOfSubject: Readonly<Record<string, FailureClass>> = {
  '1': 'hard',
  '2': 'soft',
  '3': 'soft',
  '4': 'soft',
  '5': 'soft',
  '6': 'none',
  '7': 'soft',
}

/** X.7.20 to X.7.30: who wrote or sent the message could not be established; X.7.26 is DMARC. */
const authenticationStatus = /^[45]\.7\.(?:2\d|30)$/
/** Hosts that know no such code say it in words, or put the code into the text. */
const authenticationText =
  /\bDMARC\b|\b[45]\.7\.(?:2\d|30)\b|\b(?:un|not )authenticated\b.{0,40}\b(?:mail|e-?mail|message|sender)|\b(?:SPF|DKIM)\b.{0,40}\b(?:fail|check|align|pass)/i

/** Classifies a failure. */
export function classifyFailure(failure: CopyFailure): FailureClass {
  const status = failure.status ?? ''
  if (authenticationStatus.test(status) || authenticationText.test(failure.text)) return 'none'
  const match = /^[45]\.(\d{1,3})\.(\d{1,3})$/.exec(status)
  // X.0.0 says nothing that the reply code does not.
  if (match === null || match[1] === '0') return classOfReply(failure)
  const [, subject = '', detail = ''] = match
  const found = classOfStatus[`${subject}.${detail}`] ?? classOfSubject[subject] ?? 'soft'
  // What was temporary until time ran out says nothing for good.
  return found === 'hard' && status.startsWith('4.') ? 'soft' : found
}

/** A host without enhanced codes: RFC 5321 section 4.2.3 has 550, 551 and 553 for the mailbox, where they answer RCPT. */
function classOfReply({ code, isAboutRecipient }: CopyFailure): FailureClass {
  if (isAboutRecipient && (code === 550 || code === 551 || code === 553)) return 'hard'
  return 'soft'
}
