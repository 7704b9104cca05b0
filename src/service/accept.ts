/** accept() = admit -> judge -> filter -> spool: what happens between RCPT TO and the 250 after the end of data. */
import type { Admission, AdmitDependencies, Admitted } from '../admit/admit.ts'
import { admit } from '../admit/admit.ts'
import type { ReportableEvaluation } from '../admit/dmarc-evaluation.ts'
import { sharedPolicy } from '../admit/recipients.ts'
import type { Verdict } from '../dkim2/verdict.ts'
import type { Logger } from '../log/log.ts'
import type { Received } from '../receive/received.ts'
import type { MessageRecord } from '../record/message-record.ts'
import type { AdmitPolicy } from '../record/recipient-role.ts'
import * as replies from '../smtp/replies.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { MessageState, NewMessage } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { isDamage, StoreError } from '../store/store-error.ts'
import type { Filtered } from './filter/filter-message.ts'
import type { Draft, PlannedAhead } from './forward/draft.ts'
import type { Taking } from './forward/take-once.ts'
import { takeOnce } from './forward/take-once.ts'
import type { Judgement, TakenUp } from './kinds.ts'
import { takeSubmitted } from './submission/take-submitted.ts'

export interface AcceptDependencies {
  readonly store: Pick<Store, 'spool' | 'spoolOnce' | 'spoolRequest' | 'spoolSubmitted'>
  readonly log: Logger
  /** Aborted when the client has gone: it will send the message again. */
  readonly gone: AbortSignal
  /** Octets of spooled messages that are parked and never planned are kept until then. */
  keepUntil(receivedAtMilliseconds: number): number
  admitDependencies(): AdmitDependencies
  /** Recipients in a day of an account that has no limit of its own. */
  readonly recipientsPerDay: number
  /** Counts what DMARC made of a message, for the report to its domain. Not awaited by the reply. */
  countDmarc(received: Received, evaluation: ReportableEvaluation): void
  /** Is told the verdict on each message, whatever becomes of it. */
  verdict(verdict: Pick<Verdict, 'state' | 'profile' | 'revision'>): void
  /** Judges the message as one of its kind. */
  judge(admitted: Admitted, log: Logger): Promise<Judgement>
  /** Shows the message to the content filter. */
  filter(admitted: Admitted, log: Logger): Promise<Filtered>
  /** The plan of a message that is about to be put on disk, where that is soon known. Default: it is made afterwards. */
  planAhead?(message: TakenUp): Promise<Draft['plan']>
  /** Takes over a message that is on disk. Not awaited by the reply. */
  spooled(message: NewMessage, admitted: Admitted, planned?: PlannedAhead): void
}

type Course = Extract<Judgement, { kind: 'taken' }>

/** The reply to the end of data; 250 only when the message is on disk. */
export async function accept(received: Received, dependencies: AcceptDependencies): Promise<SmtpReply> {
  const log = dependencies.log.child({ queueId: received.queueId })
  const { roles } = received
  const isReport = roles[0]?.kind === 'bounce'
  const admission = await admit(received, policyFor(received), dependencies.admitDependencies(), isReport)
  logAdmission(log, received, admission)
  if (admission.evaluation !== undefined) dependencies.countDmarc(received, admission.evaluation)
  dependencies.verdict(admission.kind === 'refused' ? admission.verdict : admission.admitted.record)
  if (admission.kind === 'refused') return admission.reply
  const judgement = await dependencies.judge(admission.admitted, log)
  if (judgement.kind === 'refused') return judgement.reply
  const filtered = await dependencies.filter(admission.admitted, log)
  if (filtered.kind === 'refused') return filtered.reply
  return spool(filtered.admitted, judgement, dependencies, log)
}

/** A submitted message has no chain yet: it is signed here. */
function policyFor({ roles, submitter }: Received): AdmitPolicy {
  const policy = sharedPolicy(roles)
  return submitter === undefined ? policy : { ...policy, none: 'accept' }
}

async function spool(
  admitted: Admitted,
  course: Course,
  dependencies: AcceptDependencies,
  log: Logger,
): Promise<SmtpReply> {
  if (dependencies.gone.aborted) {
    log.warn({}, 'not taken: its client has gone')
    return replies.localError
  }
  let taking: Taking
  try {
    taking = await putOnDisk(admitted, course, dependencies)
  } catch (error) {
    if (isDamage(error)) log.debug({ error }, 'not stored')
    else log.error({ error }, 'not stored')
    const full = error instanceof StoreError && error.code === 'full'
    return full ? replies.insufficientStorage : replies.localError
  }
  if (taking.kind !== 'stored') {
    log.warn(taking, admitted.received.submitter === undefined ? 'taken before' : 'not taken')
    return taking.kind === 'retry' ? replies.queued(taking.queueId) : taking.reply
  }
  const { duplicateOf, alreadyHad } = taking.admitted.record
  if (duplicateOf !== undefined || alreadyHad !== undefined)
    log.warn({ duplicateOf, alreadyHad }, 'duplicate taken')
  dependencies.spooled(taking.message, taking.admitted, taking.planned)
  return replies.queued(taking.message.queueId)
}

const refusals = {
  address: replies.tooManyRequestsOfAddress,
  network: replies.tooManyRequestsOfNetwork,
  list: replies.tooManyRequestsToList,
} as const

/** Refused where there were too many requests lately, or where it was taken before; then nothing was stored. */
async function putOnDisk(
  admitted: Admitted,
  course: Course,
  dependencies: AcceptDependencies,
): Promise<Taking> {
  const { counted, once } = course
  const { store } = dependencies
  const { submitter } = admitted.received
  if (submitter !== undefined && counted === undefined)
    return takeSubmitted(admitted, submitter, newMessage(admitted, course, dependencies), dependencies)
  if (once !== undefined)
    return takeOnce(admitted, once, going => newDraft(going, course, dependencies), store)
  const message = newMessage(admitted, course, dependencies)
  if (counted === undefined) await store.spool(message)
  else {
    const reached = await store.spoolRequest(message, counted.request, counted.limits)
    if (reached !== undefined) return { kind: 'refused', reply: refusals[reached] }
  }
  return { kind: 'stored', admitted, message }
}

async function newDraft(
  admitted: Admitted,
  course: Course,
  dependencies: AcceptDependencies,
): Promise<Draft> {
  const message = newMessage(admitted, course, dependencies)
  const plan = await dependencies.planAhead?.({ ...message, parsed: admitted.message })
  return { message, plan }
}

function newMessage(admitted: Admitted, course: Course, { keepUntil }: AcceptDependencies): NewMessage {
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
    ...(course.untold !== undefined && { untold: course.untold }),
    ...(parkedAs !== undefined ? { keepUntil: keepUntil(received.receivedAtMilliseconds) } : {}),
  }
}

/** The state of what goes no further. */
function parkedState(record: MessageRecord): MessageState | undefined {
  if (!('next' in record)) return undefined
  return parkedStates[record.next.do]
}

const parkedStates = {
  'pass-on': undefined,
  park: 'bounce-received',
  obey: undefined,
  reflect: undefined,
  ignore: 'obeyed',
} as const

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
