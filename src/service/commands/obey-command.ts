/** A command to a list that is on disk: carried out in the background, and again after a crash until it is done. */
import type { ListTable, MailingList } from '../../lists/list-table.ts'
import type { Logger } from '../../log/log.ts'
import { fieldValue, lowerAscii, type Message } from '../../message/message.ts'
import type { CommandRecord } from '../../record/command-record.ts'
import type { Store } from '../../store/store.ts'
import type { Cause, ListDesk } from '../lists/list-desk.ts'
import { beginRequest, confirmRequest, decideSubscription } from '../lists/list-desk.ts'

export interface SpooledCommand {
  readonly queueId: string
  readonly receivedAt: number
  readonly message: Message
  readonly command: CommandRecord
}

export interface ObeyDependencies extends ListDesk {
  readonly store: ListDesk['store'] & Pick<Store, 'listRequest'>
  readonly log: Logger
  lists(): ListTable
  keepUntil(milliseconds: number): number
  /** Moderation: approves or rejects a held post. False: it was decided before, or there is none. */
  decidePost(postId: number, list: MailingList, isYes: boolean): Promise<boolean>
}

/** Does what the command says, or ends it with the reason why nothing follows. */
export async function obeyCommand(spooled: SpooledCommand, dependencies: ObeyDependencies): Promise<void> {
  const { queueId, command } = spooled
  const end = { queueId, reason: null, keepUntil: dependencies.keepUntil(spooled.receivedAt) }
  const list = dependencies.lists().list(command.listId)
  const cause = { ...causeOf(spooled), command: end }
  const isDone = list !== undefined && (await obey(spooled, list, cause, dependencies))
  // Most commands were ended together with what they did; for those this changes nothing.
  const reason = isDone ? null : 'nothing was left to be done'
  await dependencies.store.carryOut({ command: { ...end, reason } })
  dependencies.log.info({ queueId, list: list?.address, command, isDone }, 'command')
}

function obey(
  { queueId, command }: SpooledCommand,
  list: MailingList,
  cause: Cause,
  dependencies: ObeyDependencies,
): Promise<boolean> {
  if (command.do === 'decide' && command.about === 'post')
    return dependencies.decidePost(command.id, list, command.isYes)
  return obeyRequest(queueId, command, list, cause, dependencies)
}

async function obeyRequest(
  queueId: string,
  command: CommandRecord,
  list: MailingList,
  cause: Cause,
  dependencies: ObeyDependencies,
): Promise<boolean> {
  const key = command.do === 'request' ? queueId : command.do === 'confirm' ? command.requestId : command.id
  const request = await dependencies.store.listRequest(key)
  if (request === undefined) return false
  if (command.do === 'request') {
    const { isVouched, isSilent = false } = command
    return beginRequest(request, list, isVouched, { ...cause, isSilent }, dependencies)
  }
  if (command.do === 'confirm') return confirmRequest(request, list, cause, dependencies)
  return decideSubscription(request, list, command.isYes, cause, dependencies)
}

function causeOf({ message }: SpooledCommand): Cause {
  const field = message.fields.find(one => lowerAscii(one.name) === 'message-id')
  return { messageId: field && fieldValue(field) }
}
