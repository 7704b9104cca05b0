/** What became of messages. */
import type { VersionChange } from '../../dkim2/version-changes.ts'
import { versionChanges, versionChangesWithoutBody } from '../../dkim2/version-changes.ts'
import type { HopRecord } from '../../hoplog/record.ts'
import { hopRecord } from '../../hoplog/record.ts'
import { messageLine } from '../../hoplog/summary.ts'
import { pathText } from '../../hoplog/text.ts'
import { readMessage } from '../../message/message.ts'
import type { Asked, Performers } from '../../operator/operations.ts'
import { NotThere } from '../../operator/problems.ts'
import type { MessageCriteria } from '../../store/queries.ts'
import type { MessageHistory } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import type { DeskDependencies } from './desk-dependencies.ts'
import { ownChanges } from './own-changes.ts'
import { nextOf } from './page-cursor.ts'

type MessagesDesk = Pick<Performers, 'listMessages' | 'showMessage' | 'showChanges'>

export function messagesDesk({ store }: Pick<DeskDependencies, 'store'>): MessagesDesk {
  return {
    async listMessages({ limit, before, state, since, until, ...criteria }) {
      const found = await (await store('read')).listMessages({
        limit,
        criteria: criteriaOf(criteria),
        ...(before !== undefined && { before }),
        ...(state !== undefined && { state }),
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
      })
      const messages = found.map(messageLine)
      return { messages, next: nextOf(messages, limit, last => last.queueId) }
    },
    showMessage: async ({ queueId }) => journeyOf(await store('read'), queueId),
    async showChanges({ queueId }) {
      const from = await store('read')
      const history = await historyOf(from, queueId)
      const message = await from.message(history.message.queueId)
      return {
        changes: await changesBefore(history.message.queueId, message?.octets ?? null, from),
        own: message === undefined ? [] : await ownChanges(history, message, from),
      }
    },
  }
}

/** What the hops before changed; null where not even the header section is kept. */
async function changesBefore(
  queueId: string,
  octets: Buffer | null,
  store: Pick<Store, 'headerSection'>,
): Promise<VersionChange[] | null> {
  if (octets !== null) return versionChanges(readMessage(octets))
  const section = await store.headerSection(queueId)
  return section === null ? null : versionChangesWithoutBody(readMessage(section))
}

/** @throws NotThere */
export async function journeyOf(store: Pick<Store, 'showMessage'>, queueId: string): Promise<HopRecord> {
  return hopRecord(await historyOf(store, queueId))
}

async function historyOf(store: Pick<Store, 'showMessage'>, queueId: string): Promise<MessageHistory> {
  const history = await store.showMessage(queueId)
  if (history === undefined) throw new NotThere(`${pathText(queueId)}: no such message`)
  return history
}

/** Those of the conditions that are given. */
export function criteriaOf(asked: Pick<Asked<'listMessages'>, keyof MessageCriteria>): MessageCriteria {
  const { from, to, messageId, subjectHash, peer } = asked
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(messageId !== undefined && { messageId }),
    ...(subjectHash !== undefined && { subjectHash }),
    ...(peer !== undefined && { peer }),
  }
}
