/** What metrics look up of a running relay. */
import { queueOverview } from '../../limits.ts'
import type { QueuePart, SnapshotValues } from '../../metrics/snapshot.ts'
import type { DestinationQueue } from '../../store/queries.ts'
import { queueAgeSeconds } from '../../store/queries.ts'
import type { Generation } from '../generation.ts'

/** A store that does not answer makes a relay that is not ready, and no error: that is what is to be seen. */
export async function snapshotOf(generation: Generation): Promise<SnapshotValues> {
  const { store, clock, rates } = generation.dependencies
  const common = { store: store.statistics, rates: rates.counts.totals }
  try {
    const now = clock()
    const [queue, counts] = await Promise.all([
      store.queueByDestination(now, queueOverview.countedDestinations),
      store.counts(),
    ])
    return { ...common, ...queueValues(queue, generation, now), counts, isReady: true }
  } catch {
    const nothing = { queue: [], ages: [], oldestSeconds: 0, restingDestinations: 0 }
    return { ...common, ...nothing, counts: { spooled: 0, reportsDue: 0 }, isReady: false }
  }
}

function queueValues(queue: readonly DestinationQueue[], { path }: Generation, now: number) {
  const parts = queue.map(
    ({ destination, state, deliveries }): QueuePart => ({
      state,
      deliveries,
      destination: path.healthOf(destination).state,
    }),
  )
  const resting = queue.filter((_, at) => parts[at]?.destination === 'resting')
  const oldestAt = queue.reduce((oldest, one) => Math.min(oldest, one.oldestAt), now)
  return {
    queue: parts,
    ages: queueAgeSeconds.map((seconds, at) => ({
      seconds,
      deliveries: queue.reduce((sum, one) => sum + (one.olderThan[at] ?? 0), 0),
    })),
    oldestSeconds: (now - oldestAt) / 1000,
    restingDestinations: new Set(resting.map(one => one.destination)).size,
  }
}
