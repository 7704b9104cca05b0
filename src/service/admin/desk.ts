/** What the pages of the admin listener ask, answered by the relay as it is configured at that moment. */
import { versionChanges } from '../../dkim2/version-changes.ts'
import { hopRecord } from '../../hoplog/record.ts'
import type { MessageLine } from '../../hoplog/summary.ts'
import { messageLine, queueLine } from '../../hoplog/summary.ts'
import type { AdminDesk, MessageQuery, QueueAction } from '../../http/admin/desk.ts'
import { adminPages } from '../../limits.ts'
import { readMessage } from '../../message/message.ts'
import type { DeliverySelection } from '../../store/queue-records.ts'
import type { MessageState } from '../../store/records.ts'
import { messageStates } from '../../store/records.ts'
import type { OperatorChange, Store } from '../../store/store.ts'
import type { Generation } from '../generation.ts'
import { decidePost } from '../lists/decide-post.ts'
import { keptUntil } from '../settings.ts'
import { destinationDesk } from './destination-desk.ts'
import { domainDesk } from './domain-desk.ts'
import type { AdminPasswords } from './sign-in.ts'
import { subscriberDesk } from './subscriber-desk.ts'
import { useTool } from './tools.ts'

export function adminDesk(generation: Generation, passwords: AdminPasswords): AdminDesk {
  const { dependencies, path } = generation
  const { store, clock, config, log } = dependencies
  return {
    ...destinationDesk(generation),
    ...domainDesk(dependencies),
    ...subscriberDesk(dependencies),
    signIn: (name, password, address) => passwords.check(name, password, address, dependencies),
    admin: id => store.adminById(id),
    messages: query => findMessages(store, query),
    message: queueId => findMessage(store, queueId),
    async destinations() {
      const all = await store.queueByDestination(clock(), adminPages.rows)
      return Promise.all(
        all.map(async one => ({
          ...one,
          health: path.healthOf(one.destination),
          policy: (await store.stsPolicy(one.destination))?.mode ?? null,
        })),
      )
    },
    deliveriesTo: async destination =>
      (await store.listQueue({ limit: adminPages.rows, destination: destination.toLowerCase() })).map(
        queueLine,
      ),
    async changeQueue(action, selection, by) {
      const [changed = 0] = await store.together([queueChange(action, selection, clock())])
      log.info({ action, selection, by, changed }, 'the queue was changed on the pages')
      path.lookAgain()
      return changed
    },
    async lists() {
      const [lists, held] = await Promise.all([store.lists(), store.heldPosts({ limit: adminPages.rows })])
      const shown = lists.slice(0, adminPages.rows).map(async ({ id, address }) => {
        const { active, suspended } = await store.subscriberCounts(id)
        return { address, active, suspended }
      })
      return { lists: await Promise.all(shown), held }
    },
    async decide(postId, action, by) {
      const post = await store.post(postId)
      if (post === undefined) return false
      const done = await decidePost(post, action === 'approve', {
        store,
        clock,
        keepUntil: at => keptUntil(config, at),
      })
      log.info({ queueId: post.queueId, action, by, done }, 'a held post was decided on the pages')
      path.lookAgain()
      return done
    },
    useTool: request => useTool(request, dependencies),
  }
}

const reason = 'given up by the operator'

function queueChange(
  action: QueueAction,
  selection: DeliverySelection,
  at: number,
): OperatorChange<'retryDeliveries' | 'holdDeliveries' | 'releaseDeliveries' | 'deleteDeliveries'> {
  switch (action) {
    case 'retry':
      return ['retryDeliveries', selection, at]
    case 'hold':
      return ['holdDeliveries', selection]
    case 'release':
      return ['releaseDeliveries', selection, at]
    case 'delete':
      return ['deleteDeliveries', selection, { at, reason, isReported: false }]
  }
}

/** Newest first; a text is looked for in the paths of so many messages at most, and the next page goes on from there. */
async function findMessages(
  store: Pick<Store, 'listMessages'>,
  { text, state, before }: MessageQuery,
): Promise<{ found: MessageLine[]; more?: string }> {
  const wanted = text.toLowerCase()
  const found: MessageLine[] = []
  let last = before
  for (let seen = 0; seen < adminPages.searched; seen += adminPages.rows) {
    const page = await store.listMessages({
      limit: adminPages.rows,
      ...(last !== undefined && { before: last }),
      ...(isState(state) && { state }),
    })
    for (const line of page.map(messageLine)) {
      last = line.queueId
      if ([line.mf, ...line.rt].some(path => path.toLowerCase().includes(wanted))) found.push(line)
      if (found.length === adminPages.rows) return { found, more: last }
    }
    if (page.length < adminPages.rows) return { found }
  }
  return last === undefined ? { found } : { found, more: last }
}

function isState(text: string): text is MessageState {
  return messageStates.some(state => state === text)
}

async function findMessage(store: Pick<Store, 'showMessage' | 'message'>, queueId: string) {
  const history = await store.showMessage(queueId)
  if (history === undefined) return undefined
  const octets = (await store.message(history.message.queueId))?.octets ?? null
  return {
    record: hopRecord(history),
    changes: octets === null ? undefined : versionChanges(readMessage(octets)),
  }
}
