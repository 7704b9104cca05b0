/** MAIL and RCPT that are otherwise fine, held against the limits of rates. */
import type { AliasDirectory } from '../../expand/alias-directory.ts'
import type { TransactionContext } from '../../receive/received.ts'
import type { RecipientVerdict } from '../../record/recipient-role.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import { aliasOf } from './rate-keys.ts'
import type { RatedClient, Rates } from './rates.ts'

/** What is known of the transaction. */
type Rated = Pick<TransactionContext, 'peer' | 'trusted' | 'reversePath' | 'submitter'>

/** The reply to a MAIL that comes too soon; undefined counts it. */
export function ratedSender(transaction: Rated, rates: Rates): SmtpReply | undefined {
  return rates.mail(clientOf(transaction), transaction.reversePath)
}

/** The verdict about a recipient, or the refusal of one that comes too soon; those that are refused anyway are not counted. */
export function ratedRecipient(
  forwardPath: string,
  verdict: RecipientVerdict,
  transaction: Rated,
  { rates, aliases }: { readonly rates: Rates; readonly aliases: AliasDirectory },
): RecipientVerdict {
  if (verdict.kind === 'refused') return verdict
  const alias = () => aliasOf(forwardPath, verdict.role, aliases)
  const reply = rates.recipient(clientOf(transaction), transaction.reversePath, alias)
  return reply === undefined ? verdict : { kind: 'refused', reply }
}

/** Whoever has signed in is trusted to send, and counted by the account. */
function clientOf({ peer: { address }, trusted, submitter }: Rated): RatedClient {
  return submitter === undefined ? { address, trusted } : { address, trusted: false, account: submitter.name }
}
