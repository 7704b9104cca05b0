/**
 * What comes to an address for commands of a list, judged in the session: who sent it, whether the token is good, whether there
 * were too many lately. What is refused is refused here, with words; so nothing is ever sent to somebody who did not ask.
 */
import type { KeyObject } from 'node:crypto'
import { refusalOfAmbiguity } from '../../admit/format-policy.ts'
import { isTokenOf } from '../../lists/address-token.ts'
import type { CommandSender } from '../../lists/command-sender.ts'
import { commandSender } from '../../lists/command-sender.ts'
import { addressKey, commandAddress } from '../../lists/list-address.ts'
import type { ListTable, MailingList } from '../../lists/list-table.ts'
import { askedInSubject } from '../../lists/mail-command.ts'
import type { ReadToken } from '../../lists/tokens.ts'
import { isGenuineToken, readToken } from '../../lists/tokens.ts'
import { parseMailbox } from '../../message/mailbox.ts'
import type { Message } from '../../message/message.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import type { CommandRecord, RequestCommand } from '../../record/command-record.ts'
import type { ListCommandRole } from '../../record/recipient-role.ts'
import { decodeWords } from '../../revise/encoded-word.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import type { ListRequestKind } from '../../store/list-request-records.ts'
import type { Store } from '../../store/store.ts'

export type CommandJudgement =
  | { readonly kind: 'refuse'; readonly reply: SmtpReply }
  /** Taken, and nothing follows; kept for the hop log with the reason. */
  | { readonly kind: 'ignore'; readonly reason: string }
  /** For the owners: it takes the way of a message to an alias. */
  | { readonly kind: 'forward' }
  | { readonly kind: 'obey'; readonly command: CommandRecord }
  /** As `obey`, to be stored with its request. */
  | {
      readonly kind: 'request'
      readonly command: RequestCommand
      readonly what: ListRequestKind
      readonly address: string
    }

export interface CommandDependencies {
  readonly lists: ListTable
  readonly store: Pick<Store, 'listRequest' | 'post'>
  readonly tokenKeys: readonly KeyObject[]
  readonly nowMilliseconds: number
  isCarriable(address: string): boolean
}

/** A message as admission left it. */
export interface CommandMessage {
  readonly message: Message
  readonly reversePath: string
  readonly forwardPath: string
  readonly record: AdmissionRecord
}

/** Judges one message to one command of a list. */
export async function judgeCommand(
  sent: CommandMessage,
  role: ListCommandRole,
  dependencies: CommandDependencies,
): Promise<CommandJudgement> {
  const list = dependencies.lists.list(role.listId)
  if (list === undefined) return refuse('5.1.1', 'no such address here')
  if (role.command === 'owner') return { kind: 'forward' }
  if (role.command === 'bounces')
    return { kind: 'ignore', reason: 'a report that names no delivery of a list' }
  const unclear = refusalOfAmbiguity(sent.message)
  if (unclear !== undefined) return { kind: 'refuse', reply: unclear }
  const sender = commandSender(sent.message, sent, sent.record)
  if (sender.kind === 'program') return judgeProgram(sender, sent.message, role, list, dependencies)
  if (sender.kind === 'list') return refuse('5.7.1', `this is an address for commands: ${sender.reason}`)
  if (role.command === 'confirm' || role.command === 'moderate') return judgeToken(role, list, dependencies)
  const what = role.command === 'help' ? askedInSubject(sent.message, decodeWords) : role.command
  return judgeRequest(what, sender, list, dependencies)
}

/**
 * The address in List-Unsubscribe is there for programs (RFC 2369 section 3.2), and mail programs with a button say that a program wrote
 * what it sends: leaving is obeyed where the address is vouched for, and not answered. Everything else is ignored.
 */
function judgeProgram(
  { reason, vouched }: CommandSender & { readonly kind: 'program' },
  message: Message,
  { command }: ListCommandRole,
  list: MailingList,
  dependencies: CommandDependencies,
): CommandJudgement {
  const what = command === 'help' ? askedInSubject(message, decodeWords) : command
  if (what !== 'unsubscribe' || vouched === undefined)
    return { kind: 'ignore', reason: `no command: ${reason}` }
  const judged = judgeRequest(what, { kind: 'person', address: vouched, isVouched: true }, list, dependencies)
  if (judged.kind !== 'request') return judged
  return { ...judged, command: { ...judged.command, isSilent: true } }
}

function judgeRequest(
  what: ListRequestKind,
  sender: CommandSender,
  list: MailingList,
  dependencies: CommandDependencies,
): CommandJudgement {
  const owner = commandAddress(list.address, 'owner')
  if (sender.kind !== 'person' || !dependencies.isCarriable(sender.address)) {
    return refuse('5.7.1', 'a command needs one plain address in From, and is obeyed for that address')
  }
  const mailbox = parseMailbox(sender.address)
  if (mailbox === undefined || dependencies.lists.claim(mailbox) !== undefined) {
    return refuse('5.7.1', 'a list cannot subscribe to a list by mail')
  }
  if (what === 'subscribe' && list.settings.subscription === 'closed') {
    return refuse('5.7.1', `subscriptions to this list are made by its owners: write to ${owner}`)
  }
  // Leaving is asked of the subscriber then; everything else would be an answer to an address that nobody answers for.
  if (!sender.isVouched && what !== 'unsubscribe') {
    return refuse(
      '5.7.1',
      `neither DKIM2, DKIM nor SPF vouch for the address in From, so it gets no answer: write to ${owner}`,
    )
  }
  const command = { do: 'request', listId: list.id, isVouched: sender.isVouched } as const
  return { kind: 'request', command, what, address: sender.address }
}

/** A token is proof enough: it was sent to one address only. Whoever answers may do so from another one. */
async function judgeToken(
  { command, token }: ListCommandRole,
  list: MailingList,
  dependencies: CommandDependencies,
): Promise<CommandJudgement> {
  const read = token === undefined ? undefined : readToken(token)
  const isFor = read !== undefined && (command === 'confirm') === (read.kind === 'confirm')
  if (!isFor || read.kind === 'unsubscribe') return refuse('5.7.1', notIssued)
  return read.kind === 'approve' || read.kind === 'reject'
    ? judgePostToken(read, list, dependencies)
    : judgeRequestToken(read, list, dependencies)
}

const notIssued = 'this address was not issued here, or not for this list'
const expired = 'this address was good for some days only, and they are over: please send the request again'

async function judgeRequestToken(
  token: ReadToken,
  list: MailingList,
  { store, tokenKeys, nowMilliseconds }: CommandDependencies,
): Promise<CommandJudgement> {
  const request = await store.listRequest(token.id)
  // The work is the same whether there is such a request or not.
  const isGenuine = isTokenOf(tokenKeys, token, list.address, request)
  if (!isGenuine || request === undefined || request.listId !== list.id) return refuse('5.7.1', notIssued)
  const isOver = nowMilliseconds > Math.min(token.expiresAtMilliseconds, request.expiresAt)
  const awaited = token.kind === 'confirm' ? 'confirming' : 'deciding'
  if (request.state !== awaited) return refuse('5.7.1', 'this request was answered already')
  if (isOver) return refuse('5.7.1', expired)
  const common = { listId: list.id }
  const command: CommandRecord =
    token.kind === 'confirm'
      ? { ...common, do: 'confirm', requestId: request.id }
      : { ...common, do: 'decide', about: 'subscription', id: request.id, isYes: token.kind === 'admit' }
  return { kind: 'obey', command }
}

async function judgePostToken(
  token: ReadToken,
  list: MailingList,
  { store, tokenKeys, nowMilliseconds }: CommandDependencies,
): Promise<CommandJudgement> {
  const post = await store.post(token.id)
  const isGenuine = isGenuineToken(tokenKeys, token, [list.address, post?.queueId ?? ''])
  if (!isGenuine || post?.listId !== list.id) return refuse('5.7.1', notIssued)
  if (post.state !== 'held') return refuse('5.7.1', 'this message was decided about already')
  if (nowMilliseconds > token.expiresAtMilliseconds) return refuse('5.7.1', expired)
  const isYes = token.kind === 'approve'
  return { kind: 'obey', command: { do: 'decide', listId: list.id, about: 'post', id: token.id, isYes } }
}

function refuse(enhanced: string, text: string): CommandJudgement {
  return { kind: 'refuse', reply: { code: 550, enhanced, text } }
}

/** What requests of one address are counted by: who only claims to be somebody uses up nothing of theirs. */
export function countedAs(address: string, isVouched: boolean): string {
  return isVouched ? addressKey(address) : `unvouched ${addressKey(address)}`
}
