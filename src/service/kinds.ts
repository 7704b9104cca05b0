/**
 * What every kind of message can do: be judged in the session, and be carried out in the background. One folder each: forward/,
 * bounces/, commands/, reflector/.
 */
import type { Admitted } from '../admit/admit.ts'
import type { LookUps } from '../admit/look-ups.ts'
import type { Logger } from '../log/log.ts'
import type { Message } from '../message/message.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { MessageKind, MessageRecord } from '../record/message-record.ts'
import type { RecipientRole } from '../record/recipient-role.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { ListRequestLimits, NewListRequest } from '../store/list-request-records.ts'
import type { NewMessage } from '../store/records.ts'
import type { PlannedAhead } from './forward/draft.ts'
import type { Once } from './forward/take-once.ts'

/** A message of which something follows, on disk. */
export type TakenUp = Pick<
  NewMessage,
  'queueId' | 'receivedAt' | 'envelope' | 'record' | 'octets' | 'prepend' | 'removed'
> & {
  /** `octets` parsed, where somebody has done so a moment ago. */
  readonly parsed?: Message
  /** Its copies, where they were planned when it was put on disk. */
  readonly planned?: PlannedAhead
}

/** How a message of some kind goes on, or why it is not taken. */
export type Judgement =
  | { readonly kind: 'refused'; readonly reply: SmtpReply }
  | {
      readonly kind: 'taken'
      /** What is kept of it; admission notes duplicates only when it is stored. */
      record(admission: AdmissionRecord): MessageRecord
      /** To whom it is sent on once only; absent: as often as it comes. */
      readonly once?: Once
      /** A request to a list, counted when it is stored. */
      readonly counted?: CountedRequest
      /** Set if it is kept and goes no further, and no report is sent: why, for the postmaster. */
      readonly untold?: string | undefined
    }

export interface CountedRequest {
  readonly request: NewListRequest
  readonly limits: ListRequestLimits
}

/** What the judgement of one message has of its session. */
export interface JudgeDependencies {
  readonly log: Logger
  /** What it may ask of DNS, until it ends. */
  readonly lookUps: LookUps
}

/** Judges a message of its kind that was admitted; its recipients' roles say which kind it is of. */
export interface SessionJudge {
  judge(admitted: Admitted, dependencies: JudgeDependencies): Promise<Judgement>
}

/** The kinds by the role of the first recipient: those that may share a transaction are of one kind. */
export type Judges = Readonly<Record<RecipientRole['kind'], SessionJudge>>

/** Carries out what a message is for; begun again after a crash until the store says that it is done. */
export interface Carrier {
  carryOut(message: TakenUp): Promise<void>
}

/** The kinds that something follows from. */
export type Carriers = Readonly<Record<MessageKind, Carrier>>
