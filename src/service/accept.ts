/** accept() = admit -> spool: what happens between RCPT TO and the 250 after the end of data. */
import type { Admission, Admitted, AdmitWorld } from '../admit/admit.ts'
import { admit } from '../admit/admit.ts'
import type { AdmitPolicy } from '../admit/policy.ts'
import { defaultAdmitPolicy } from '../admit/policy.ts'
import type { Directory, ListCommandRole, RecipientRole } from '../admit/recipients.ts'
import { judgeRecipient, mayShareTransaction } from '../admit/recipients.ts'
import type { Logger } from '../log/log.ts'
import { peerKey } from '../receive/networks.ts'
import type { Received, TransactionContext } from '../receive/received.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { RequestCommand } from '../record/command-record.ts'
import type { BounceNext, CommandNext, ForwardRecord, MessageRecord } from '../record/message-record.ts'
import * as replies from '../smtp/replies.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { ListRequestKind, ListRequestLimits, NewListRequest } from '../store/list-request-records.ts'
import type { Store } from '../store/questions.ts'
import type { MessageState, NewMessage } from '../store/records.ts'
import { isDamage, StoreError } from '../store/store-error.ts'
import type { BounceWorld } from './bounces/judge-bounce.ts'
import { judgeBounce } from './bounces/judge-bounce.ts'
import type { CommandWorld } from './commands/judge-command.ts'
import { judgeCommand } from './commands/judge-command.ts'
import type { Once, Taking } from './forward/take-once.ts'
import { takeOnce } from './forward/take-once.ts'
import type { OutgoingMessage } from './message-cache.ts'
import { outgoingMessage } from './outgoing.ts'
import type { CandidatePost, PostJudgement } from './posts/judge-post.ts'

/** A request to a list, by whom and from where. */
export interface AskedOfList {
  readonly what: ListRequestKind
  readonly address: string
  readonly network: string
  readonly at: number
}

export interface CountedRequest {
  readonly request: NewListRequest
  readonly limits: ListRequestLimits
}

export interface Accepting {
  readonly store: Pick<Store, 'spool' | 'spoolOnce' | 'spoolRequest'>
  readonly directory: Directory
  readonly log: Logger
  /** Aborted when the client has gone: it will send the message again. */
  readonly gone: AbortSignal
  /** Octets of spooled messages that are parked and never planned are kept until then. */
  keepUntil(receivedAtMilliseconds: number): number
  admitWorld(): AdmitWorld
  bounceWorld(): BounceWorld
  commandWorld(): CommandWorld
  /** A request as it is stored and counted. */
  listRequest(asked: AskedOfList, command: RequestCommand): CountedRequest
  judgePost(post: CandidatePost, listId: number): Promise<PostJudgement>
  /** Takes over a message that is on disk. Not awaited by the reply. */
  spooled(message: NewMessage, outgoing: OutgoingMessage, admitted: Admitted): void
}

/** Judges RCPT TO alone and beside the recipients that the transaction has already. */
export function judgeTransaction(
  forwardPath: string,
  transaction: TransactionContext,
  directory: Directory,
): SmtpReply | undefined {
  const verdict = judgeRecipient({ ...transaction, forwardPath }, directory)
  if (verdict.kind === 'refused') return verdict.reply
  const first = transaction.forwardPaths[0]
  if (first === undefined) return undefined
  const firstRole = roleOf(first, transaction, directory)
  return firstRole === undefined ? undefined : mayShareTransaction(firstRole, verdict.role)
}

/** Angle brackets stand around an address in SMTP and in a report's To: what has them inside can be told of no failure. */
const untellable = /[<>]/

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

/** The reply to the end of data; 250 only when the message is on disk. */
export async function accept(received: Received, accepting: Accepting): Promise<SmtpReply> {
  const log = accepting.log.child({ queueId: received.queueId })
  const roles = received.envelope.forwardPaths.map(path =>
    roleOf(path, contextOf(received), accepting.directory),
  )
  const isReport = roles[0]?.kind === 'bounce'
  const admission = await admit(received, policyOf(roles), accepting.admitWorld(), isReport)
  logAdmission(log, received, admission)
  if (admission.kind === 'refused') return admission.reply
  const [first] = roles
  if (first?.kind === 'list-command') return acceptCommand(admission.admitted, first, accepting, log)
  const refusal = await refusalOfLists(admission.admitted, roles, accepting)
  if (refusal !== undefined) {
    log.warn({ reply: refusal }, 'post refused')
    return refusal
  }
  if (first?.kind !== 'bounce')
    return spool(
      admission.admitted,
      { record: admission => ({ kind: kindOf(roles), admission }), once: onceFor(received, roles) },
      accepting,
      log,
    )
  const judgement = await judgeBounce(admission.admitted, first, accepting.bounceWorld())
  log.info({ about: first.queueId, ordinal: first.ordinal, judgement }, 'bounce')
  if (judgement.kind === 'refuse') return judgement.reply
  const about = { queueId: first.queueId, ordinal: first.ordinal }
  const next: BounceNext =
    judgement.kind === 'park'
      ? { do: 'park', reason: judgement.reason, about }
      : { do: 'pass-on', bounce: judgement.bounce }
  return spool(
    admission.admitted,
    { record: admission => ({ kind: 'bounce', admission, next }) },
    accepting,
    log,
  )
}

/** A command to a list comes alone in its transaction. */
async function acceptCommand(
  admitted: Admitted,
  role: ListCommandRole,
  accepting: Accepting,
  log: Logger,
): Promise<SmtpReply> {
  const { envelope, peer } = admitted.received
  const sent = {
    message: admitted.message,
    reversePath: envelope.reversePath,
    forwardPath: envelope.forwardPaths[0] ?? '',
    record: admitted.record,
  }
  const judgement = await judgeCommand(sent, role, accepting.commandWorld())
  const { kind } = judgement
  log.info({ list: role.address, command: role.command, ...judgement }, 'command to a list')
  if (kind === 'refuse') return judgement.reply
  const once = onceFor(admitted.received, [role])
  if (kind === 'forward')
    return spool(admitted, { record: admission => ({ kind, admission }), once }, accepting, log)
  const next: CommandNext =
    kind === 'ignore'
      ? { do: 'ignore', reason: judgement.reason }
      : { do: 'obey', command: judgement.command }
  const record = (admission: AdmissionRecord) => ({ kind: 'command', admission, next }) as const
  if (judgement.kind !== 'request') return spool(admitted, { record }, accepting, log)
  const { what, address, command } = judgement
  const at = admitted.received.receivedAtMilliseconds
  const asked = accepting.listRequest({ what, address, network: peerKey(peer.address), at }, command)
  return spool(admitted, { record, asked }, accepting, log)
}

/**
 * The reply where no recipient takes the message. Where only some lists refuse it, it is taken for the others, and the sender
 * hears of those as of copies that failed.
 */
async function refusalOfLists(
  { message, record, received }: Admitted,
  roles: readonly (RecipientRole | undefined)[],
  accepting: Accepting,
): Promise<SmtpReply | undefined> {
  const { octets, envelope } = received
  const candidate = { message, record, sizeBytes: octets.length, reversePath: envelope.reversePath }
  let refusal: SmtpReply | undefined
  for (const role of roles) {
    if (role?.kind !== 'list') return undefined
    const judgement = await accepting.judgePost(candidate, role.listId)
    if (judgement.kind !== 'refused') return undefined
    refusal ??= judgement.reply
  }
  return refusal
}

/** How a message goes on, beside what admission found. */
interface Course {
  /** What is kept of it. */
  record(admission: AdmissionRecord): MessageRecord
  /** Of a command that is a request: what is counted. */
  readonly asked?: CountedRequest
  /** Of what is sent on: to whom once only. */
  readonly once?: Once
}

async function spool(
  admitted: Admitted,
  course: Course,
  accepting: Accepting,
  log: Logger,
): Promise<SmtpReply> {
  if (accepting.gone.aborted) {
    log.warn({}, 'not taken: its client has gone')
    return replies.localError
  }
  let taking: Taking
  try {
    taking = await putOnDisk(admitted, course, accepting)
  } catch (error) {
    if (isDamage(error)) log.debug({ error }, 'not stored')
    else log.error({ error }, 'not stored')
    const full = error instanceof StoreError && error.code === 'full'
    return full ? replies.insufficientStorage : replies.localError
  }
  if (taking.kind !== 'stored') {
    log.warn(taking, 'taken before')
    return taking.kind === 'retry' ? replies.queued(taking.queueId) : taking.reply
  }
  passOn(taking, accepting, log)
  return replies.queued(taking.message.queueId)
}

/** The message is on disk. */
function passOn(
  { admitted, message }: Extract<Taking, { kind: 'stored' }>,
  accepting: Accepting,
  log: Logger,
): void {
  const { received, record } = admitted
  const { duplicateOf, alreadyHad } = record
  if (duplicateOf !== undefined || alreadyHad !== undefined)
    log.warn({ duplicateOf, alreadyHad }, 'duplicate taken')
  const parts = {
    octets: received.octets,
    envelope: received.envelope,
    prepend: message.prepend,
    removed: message.removed,
    message: admitted.message,
  }
  accepting.spooled(message, outgoingMessage(parts), admitted)
}

const refusals = {
  address: replies.tooManyRequestsOfAddress,
  network: replies.tooManyRequestsOfNetwork,
  list: replies.tooManyRequestsToList,
} as const

/** Refused where there were too many requests lately, or where it was taken before; then nothing was stored. */
async function putOnDisk(admitted: Admitted, course: Course, accepting: Accepting): Promise<Taking> {
  const { asked, once } = course
  const { store } = accepting
  if (once !== undefined)
    return takeOnce(admitted, once, going => newMessage(going, course, accepting), store)
  const message = newMessage(admitted, course, accepting)
  if (asked === undefined) await store.spool(message)
  else {
    const reached = await store.spoolRequest(message, asked.request, asked.limits)
    if (reached !== undefined) return { kind: 'refused', reply: refusals[reached] }
  }
  return { kind: 'stored', admitted, message }
}

function newMessage(admitted: Admitted, course: Course, accepting: Accepting): NewMessage {
  const { received } = admitted
  const record = course.record(admitted.record)
  const parkedAs = parkedState(record)
  return {
    queueId: received.queueId,
    receivedAt: received.receivedAtMilliseconds,
    record,
    state: parkedAs ?? 'spooled',
    listener: received.listener,
    peer: received.peer,
    envelope: received.envelope,
    octets: received.octets,
    prepend: Buffer.concat(admitted.prepend.map(field => field.octets)),
    removed: admitted.removed,
    ...(parkedAs !== undefined ? { keepUntil: accepting.keepUntil(received.receivedAtMilliseconds) } : {}),
  }
}

/** The state of what goes no further. */
function parkedState(record: MessageRecord): MessageState | undefined {
  if (record.kind === 'bounce' && record.next.do === 'park') return 'bounce-received'
  return record.kind === 'command' && record.next.do === 'ignore' ? 'obeyed' : undefined
}

function roleOf(
  forwardPath: string,
  context: Pick<TransactionContext, 'reversePath' | 'trusted'>,
  directory: Directory,
): RecipientRole | undefined {
  const verdict = judgeRecipient({ ...context, forwardPath }, directory)
  return verdict.kind === 'accepted' ? verdict.role : undefined
}

function contextOf(received: Received): Pick<TransactionContext, 'reversePath' | 'trusted'> {
  return { reversePath: received.envelope.reversePath, trusted: received.trusted }
}

/** Recipients of a transaction share a policy; a bounce is judged as the drafts have it. */
function policyOf(roles: readonly (RecipientRole | undefined)[]): AdmitPolicy {
  for (const role of roles) if (role !== undefined && 'policy' in role) return role.policy
  return defaultAdmitPolicy
}

/** Mail of our own clients to the world is theirs to send as often as they like. */
function onceFor({ envelope }: Received, roles: readonly (RecipientRole | undefined)[]): Once {
  const recipients = envelope.forwardPaths.filter((_, at) => {
    const kind = roles[at]?.kind
    return kind === 'alias' || kind === 'list' || kind === 'list-command'
  })
  return { recipients, duplicate: policyOf(roles).duplicate }
}

function kindOf(roles: readonly (RecipientRole | undefined)[]): ForwardRecord['kind'] {
  return roles.some(role => role?.kind === 'alias' || role?.kind === 'list') ? 'forward' : 'originate'
}

function logAdmission(log: Logger, received: Received, admission: Admission): void {
  const verdict = admission.kind === 'refused' ? admission.verdict : admission.admitted.record
  const fields = {
    peer: received.peer.address,
    reversePath: received.envelope.reversePath,
    forwardPaths: received.envelope.forwardPaths,
    sizeBytes: received.octets.length,
    dkim2: verdict.state,
    profile: verdict.profile,
    hops: verdict.hops.length,
    reason: verdict.error,
  }
  if (admission.kind === 'refused') log.warn({ ...fields, reply: admission.reply }, 'refused')
  else if (!admission.admitted.record.addHop)
    log.warn(fields, 'admitted, to be forwarded without a hop of ours')
  else log.info(fields, 'admitted')
}
