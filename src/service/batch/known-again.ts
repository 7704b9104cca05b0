/**
 * A message whose object is posted again, because the answer was lost, is answered as before and taken once. It is known by who
 * posted it, its envelope and its octets: a copy goes out with the same octets at every attempt.
 */
import { createHash } from 'node:crypto'
import type { Logger } from '../../log/log.ts'
import type { Received, ReceiveHooks } from '../../receive/received.ts'
import { queued } from '../../smtp/replies.ts'
import type { Store } from '../../store/store.ts'

export interface KnownAgainDependencies {
  readonly store: Pick<Store, 'batchMessage' | 'noteBatchMessage' | 'takeBatchMessage' | 'message'>
  readonly log: Logger
  readonly remembered: number
}

/** The same hooks, for the objects of one peer. */
export function knowingAgain(
  hooks: ReceiveHooks,
  peer: string,
  dependencies: KnownAgainDependencies,
): ReceiveHooks {
  const { store, log, remembered } = dependencies
  return {
    ...hooks,
    async accept(received, gone) {
      const key = keyOf(peer, received)
      const queueId = await takenAs(key, store)
      if (queueId !== undefined) {
        log.info({ queueId, peer }, 'posted again: taken before')
        return queued(queueId)
      }
      // Noted first: if the process ends between here and the reply, the message itself tells whether it was taken.
      await store.noteBatchMessage(key, received.queueId, remembered)
      const reply = await hooks.accept(received, gone)
      if (reply.code < 300) await store.takeBatchMessage(key)
      return reply
    },
  }
}

async function takenAs(key: string, store: KnownAgainDependencies['store']): Promise<string | undefined> {
  const before = await store.batchMessage(key)
  if (before === undefined) return undefined
  if (before.isTaken) return before.queueId
  return (await store.message(before.queueId)) === undefined ? undefined : before.queueId
}

function keyOf(peer: string, { envelope, octets }: Received): string {
  const said = JSON.stringify([peer, envelope])
  return createHash('sha256')
    .update(`${Buffer.byteLength(said)} ${said}`)
    .update(octets)
    .digest('base64')
}
