/** What the pages of the admin listener ask, answered by the relay as it is configured at that moment. */
import { queueLine } from '../../hoplog/summary.ts'
import type { AdminDesk } from '../../http/admin/desk.ts'
import { adminPages } from '../../limits.ts'
import type { Asked, Performers } from '../../operator/operations.ts'
import { NotThere } from '../../operator/problems.ts'
import type { DeliverySelection } from '../../store/queue-records.ts'
import type { Generation } from '../generation.ts'
import { destinationDesk } from './destination-desk.ts'
import { domainDesk } from './domain-desk.ts'
import { findMessages } from './find-messages.ts'
import type { AdminPasswords } from './sign-in.ts'
import { subscriberDesk } from './subscriber-desk.ts'
import { useTool } from './tools.ts'

/** @param desk does what is asked for and changed; here stands what the pages show of it */
export function adminDesk(generation: Generation, desk: Performers, passwords: AdminPasswords): AdminDesk {
  const { dependencies, path } = generation
  const { store, clock, log } = dependencies
  return {
    ...destinationDesk(generation),
    ...domainDesk(dependencies),
    ...subscriberDesk(dependencies),
    signIn: (name, password, address) => passwords.check(name, password, address, dependencies),
    admin: id => store.adminById(id),
    messages: query => findMessages(query, desk),
    message: queueId => findMessage(queueId, desk),
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
      const { results } = await desk.changeQueue({ action, ...askedOf(selection) })
      const changed = results[0]?.deliveries ?? 0
      log.info({ action, selection, by, changed }, 'the queue was changed on the pages')
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
      const { results } = await desk.decidePosts({ action, posts: [postId] })
      const done = results[0]?.done === true
      log.info({ post: postId, action, by, done }, 'a held post was decided on the pages')
      return done
    },
    useTool: request => useTool(request, dependencies),
  }
}

function askedOf(selection: DeliverySelection): Omit<Asked<'changeQueue'>, 'action'> {
  if (selection.kind === 'all') return { all: true }
  if (selection.kind === 'destination') return { destination: selection.destination }
  const { queueId, ordinal } = selection
  return { deliveries: [ordinal === undefined ? queueId : `${queueId}/${ordinal}`] }
}

async function findMessage(queueId: string, desk: Pick<Performers, 'showMessage' | 'showChanges'>) {
  try {
    const record = await desk.showMessage({ queueId })
    const { changes, own } = await desk.showChanges({ queueId: record.queueId })
    return { record, changes: changes ?? undefined, own }
  } catch (error) {
    if (error instanceof NotThere) return undefined
    throw error
  }
}
