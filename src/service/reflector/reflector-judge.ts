/** A message to a reflector, judged in the session; it comes alone in its transaction. */
import type { Admitted } from '../../admit/admit.ts'
import type { ReflectionNext } from '../../record/message-record.ts'
import { onceFor } from '../forward/take-once.ts'
import type { JudgeDependencies, Judgement, SessionJudge } from '../kinds.ts'
import type { JudgeReflectionDependencies } from './judge-reflection.ts'
import { judgeReflection } from './judge-reflection.ts'

export class ReflectorJudge implements SessionJudge {
  readonly #dependencies: JudgeReflectionDependencies

  constructor(dependencies: JudgeReflectionDependencies) {
    this.#dependencies = dependencies
  }

  async judge(admitted: Admitted, { log }: JudgeDependencies): Promise<Judgement> {
    const [role] = admitted.received.roles
    if (role?.kind !== 'reflector') throw new Error('the message came to no reflector')
    const judgement = judgeReflection(admitted, role, this.#dependencies)
    log.info({ reflector: role.reflector, ...judgement }, 'message to a reflector')
    if (judgement.kind === 'refuse') return { kind: 'refused', reply: judgement.reply }
    if (judgement.kind === 'ignore') return takenFor({ do: 'ignore', reason: judgement.reason })
    const taken = takenFor({ do: 'reflect', reflection: judgement.reflection })
    return { ...taken, once: onceFor(admitted.received, [role]) }
  }
}

function takenFor(next: ReflectionNext): Extract<Judgement, { kind: 'taken' }> {
  return { kind: 'taken', record: admission => ({ kind: 'reflection', admission, next }) }
}
