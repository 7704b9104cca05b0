/** A command to a list, judged in the session; it comes alone in its transaction. */
import type { Admitted } from '../../admit/admit.ts'
import { peerKey } from '../../receive/networks.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import type { RequestCommand } from '../../record/command-record.ts'
import type { CommandNext } from '../../record/message-record.ts'
import type { ListCommandRole } from '../../record/recipient-role.ts'
import type { ListRequestKind } from '../../store/list-request-records.ts'
import { onceFor } from '../forward/take-once.ts'
import type { CountedRequest, JudgeDependencies, Judgement, SessionJudge } from '../kinds.ts'
import type { CommandDependencies, CommandJudgement } from './judge-command.ts'
import { judgeCommand } from './judge-command.ts'

/** A request to a list, by whom and from where. */
export interface AskedOfList {
  readonly what: ListRequestKind
  readonly address: string
  readonly network: string
  readonly at: number
}

export interface JudgeCommandDependencies {
  /** What commands are judged by, as of now. */
  commandDependencies(): CommandDependencies
  /** A request as it is stored and counted. */
  listRequest(asked: AskedOfList, command: RequestCommand): CountedRequest
}

export class CommandJudge implements SessionJudge {
  readonly #dependencies: JudgeCommandDependencies

  constructor(dependencies: JudgeCommandDependencies) {
    this.#dependencies = dependencies
  }

  async judge(admitted: Admitted, { log }: JudgeDependencies): Promise<Judgement> {
    const { envelope, roles } = admitted.received
    const [role] = roles
    if (role?.kind !== 'list-command') throw new Error('the message came to no command of a list')
    const sent = {
      message: admitted.message,
      reversePath: envelope.reversePath,
      forwardPath: envelope.forwardPaths[0] ?? '',
      record: admitted.record,
    }
    const judgement = await judgeCommand(sent, role, this.#dependencies.commandDependencies())
    log.info({ list: role.address, command: role.command, ...judgement }, 'command to a list')
    return this.#takenAs(judgement, admitted, role)
  }

  #takenAs(judgement: CommandJudgement, { received }: Admitted, role: ListCommandRole): Judgement {
    const { kind } = judgement
    if (kind === 'refuse') return { kind: 'refused', reply: judgement.reply }
    if (kind === 'forward') {
      const once = onceFor(received, [role])
      return { kind: 'taken', record: admission => ({ kind, admission }), once }
    }
    if (kind === 'ignore') return takenFor({ do: 'ignore', reason: judgement.reason })
    const taken = takenFor({ do: 'obey', command: judgement.command })
    if (kind === 'obey') return taken
    const { what, address, command } = judgement
    const network = peerKey(received.peer.address)
    const asked = { what, address, network, at: received.receivedAtMilliseconds }
    return { ...taken, counted: this.#dependencies.listRequest(asked, command) }
  }
}

function takenFor(next: CommandNext): Extract<Judgement, { kind: 'taken' }> {
  return {
    kind: 'taken',
    record: (admission: AdmissionRecord) => ({ kind: 'command', admission, next }),
  }
}
