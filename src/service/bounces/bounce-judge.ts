/** A message to a bounce address, judged in the session; it comes alone in its transaction. */
import type { Admitted } from '../../admit/admit.ts'
import type { LookUps } from '../../admit/look-ups.ts'
import type { BounceNext } from '../../record/message-record.ts'
import type { JudgeDependencies, Judgement, SessionJudge } from '../kinds.ts'
import type { BounceDependencies } from './judge-bounce.ts'
import { judgeBounce } from './judge-bounce.ts'

export class BounceJudge implements SessionJudge {
  readonly #dependencies: (lookUps: LookUps) => BounceDependencies

  /** @param dependencies what a bounce is judged by, as of now */
  constructor(dependencies: (lookUps: LookUps) => BounceDependencies) {
    this.#dependencies = dependencies
  }

  async judge(admitted: Admitted, { log, lookUps }: JudgeDependencies): Promise<Judgement> {
    const [role] = admitted.received.roles
    if (role?.kind !== 'bounce') throw new Error('the message came to no bounce address')
    const about = { queueId: role.queueId, ordinal: role.ordinal }
    const judgement = await judgeBounce(admitted, about, this.#dependencies(lookUps))
    log.info({ about: about.queueId, ordinal: about.ordinal, judgement }, 'bounce')
    if (judgement.kind === 'refuse') return { kind: 'refused', reply: judgement.reply }
    const next: BounceNext =
      judgement.kind === 'park'
        ? { do: 'park', reason: judgement.reason, about }
        : { do: 'pass-on', bounce: judgement.bounce }
    const untold = judgement.kind === 'park' ? judgement.untold : undefined
    return { kind: 'taken', untold, record: admission => ({ kind: 'bounce', admission, next }) }
  }
}
