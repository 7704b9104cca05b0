/** MAIL and RCPT, judged in the session: who may send, who may receive, and who may share a transaction. */
import { maySendAs } from '../accounts/senders.ts'
import type { Directory } from '../admit/recipients.ts'
import { judgeRecipient, mayShareTransaction } from '../admit/recipients.ts'
import { parseMailbox } from '../message/mailbox.ts'
import type { TransactionContext } from '../receive/received.ts'
import type { Submitter } from '../receive/submitter.ts'
import type { RecipientVerdict } from '../record/recipient-role.ts'
import type { SmtpReply } from '../smtp/reply.ts'

/** Judges RCPT TO alone and beside the recipients that the transaction has already. */
export function judgeTransaction(
  forwardPath: string,
  transaction: Pick<TransactionContext, 'reversePath' | 'trusted' | 'roles'>,
  directory: Directory,
): RecipientVerdict {
  const { reversePath, trusted, roles } = transaction
  const verdict = judgeRecipient({ reversePath, trusted, forwardPath }, directory)
  const [first] = roles
  if (verdict.kind === 'refused' || first === undefined) return verdict
  const reply = mayShareTransaction(first, verdict.role)
  return reply === undefined ? verdict : { kind: 'refused', reply }
}

/** Angle brackets stand around an address in SMTP and in a report's To: what has them inside can be told of no failure. */
const untellable = /[<>]/

/** Judges MAIL FROM of an account: whom it may send as, of the domains that this relay can sign for. */
export function judgeSubmitter(
  reversePath: string,
  { name, senders }: Submitter,
  directory: Directory,
): SmtpReply | undefined {
  const isOwn = directory.isOwnDomain(parseMailbox(reversePath)?.domain ?? '')
  if (isOwn && maySendAs(senders, reversePath)) return judgeSender(reversePath, directory)
  return { code: 550, enhanced: '5.7.1', text: `${name} may not send as <${reversePath}>` }
}

/** Judges MAIL FROM: a sender that no signature can carry cannot be forwarded, one that no report can go to is not taken. */
export function judgeSender(reversePath: string, directory: Directory): SmtpReply | undefined {
  const canGoBack = directory.isCarriable(reversePath) && !untellable.test(reversePath)
  if (reversePath === '' || canGoBack) return undefined
  return {
    code: 553,
    enhanced: '5.1.7',
    text: 'a sender with < > ; , space or control characters cannot be signed or told of a failure',
  }
}
