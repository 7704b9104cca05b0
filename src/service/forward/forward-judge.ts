/** A message to aliases and lists, or from a client of ours, judged in the session: whether any list or alias takes it. */
import type { Admitted } from '../../admit/admit.ts'
import type { ForwardRecord } from '../../record/message-record.ts'
import type { RecipientRole } from '../../record/recipient-role.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import type { JudgeDependencies, Judgement, SessionJudge } from '../kinds.ts'
import type { CandidatePost, PostJudgement } from '../posts/judge-post.ts'
import { onceFor } from './take-once.ts'

export interface JudgeForwardDependencies {
  /** Whether a message may go to a list. */
  judgePost(post: CandidatePost, listId: number): Promise<PostJudgement>
}

export class ForwardJudge implements SessionJudge {
  readonly #dependencies: JudgeForwardDependencies

  constructor(dependencies: JudgeForwardDependencies) {
    this.#dependencies = dependencies
  }

  async judge(admitted: Admitted, { log }: JudgeDependencies): Promise<Judgement> {
    const { roles } = admitted.received
    const reply = await this.#refusalOfLists(admitted, roles)
    if (reply !== undefined) {
      log.warn({ reply }, 'post refused')
      return { kind: 'refused', reply }
    }
    const kind = kindOf(roles)
    return {
      kind: 'taken',
      record: admission => ({ kind, admission }),
      once: onceFor(admitted.received, roles),
    }
  }

  /**
   * The reply where no recipient takes the message. Where only some lists refuse it, it is taken for the others, and the sender
   * hears of those as of copies that failed.
   */
  async #refusalOfLists(
    { message, record, received }: Admitted,
    roles: readonly RecipientRole[],
  ): Promise<SmtpReply | undefined> {
    const { octets, envelope } = received
    const candidate = { message, record, sizeBytes: octets.length, reversePath: envelope.reversePath }
    let refusal: SmtpReply | undefined
    for (const role of roles) {
      if (role.kind !== 'list') return undefined
      const judgement = await this.#dependencies.judgePost(candidate, role.listId)
      if (judgement.kind !== 'refused') return undefined
      refusal ??= judgement.reply
    }
    return refusal
  }
}

function kindOf(roles: readonly RecipientRole[]): ForwardRecord['kind'] {
  return roles.some(({ kind }) => kind === 'alias' || kind === 'list') ? 'forward' : 'originate'
}
