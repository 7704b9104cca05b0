/** Destinations on the pages: their health and queue, and where mail for them goes as DNS has it at the moment. */
import { planDelivery } from '../../discover/find-next-hops.ts'
import type { Plan, TraceNote } from '../../discover/trace.ts'
import { tracingResolver } from '../../discover/tracing-resolver.ts'
import { queueLine } from '../../hoplog/summary.ts'
import type { DestinationDesk, DestinationState } from '../../http/admin/destination-pages.ts'
import { adminPages } from '../../limits.ts'
import { asciiDomain, isDomain } from '../../message/mailbox.ts'
import type { DestinationQueue } from '../../store/queries.ts'
import { discoverDependencies } from '../discover-for.ts'
import type { Generation } from '../generation.ts'
import { planReport } from '../plan-report.ts'
import { inTime } from './in-time.ts'

export function destinationDesk(generation: Generation): DestinationDesk {
  const { dependencies } = generation
  const { store, clock, log, suspendedTargets } = dependencies
  return {
    async destinationStates() {
      const rows = await store.queueByDestination(clock(), adminPages.rows)
      const names = [...new Set(rows.map(one => one.destination))]
      return Promise.all(names.map(name => stateOf(name, rows, generation)))
    },
    async destination(name) {
      const destination = asciiDomain(name.toLowerCase())
      if (!isDomain(destination)) return undefined
      const rows = await store.queueByDestination(clock(), adminPages.rows)
      const plan = await inTime(planOf(destination, dependencies))
      return {
        state: await stateOf(destination, rows, generation),
        plan: 'problem' in plan ? plan : planReport(plan),
      }
    },
    suspendedTargets: async () =>
      (await store.aliasTargets({ limit: adminPages.rows })).filter(({ state }) => state === 'suspended'),
    async resumeTarget(addressKey, by) {
      const resumed = await store.resumeAliasTargets([addressKey])
      log.info({ target: addressKey, by, resumed }, 'a target of an alias was resumed on the pages')
      await suspendedTargets.check()
      return resumed > 0
    },
  }
}

async function stateOf(
  destination: string,
  rows: readonly DestinationQueue[],
  { dependencies: { store }, path }: Generation,
): Promise<DestinationState> {
  const of = (state: DestinationQueue['state']) =>
    rows.find(one => one.destination === destination && one.state === state)
  const [queued, held] = [of('queued'), of('held')]
  const [oldest] = await store.listQueue({ limit: 1, destination })
  const last = oldest === undefined ? null : queueLine(oldest).lastAttempt
  return {
    destination,
    health: path.healthOf(destination),
    waiting: queued?.deliveries ?? 0,
    held: held?.deliveries ?? 0,
    nextAttemptAt: queued?.nextAttemptAt ?? null,
    said: last?.reply ? `${last.reply.code} ${last.reply.text}` : (last?.reason ?? null),
    policy: (await store.stsPolicy(destination))?.mode ?? null,
  }
}

/** As `discover` prints it. */
async function planOf(destination: string, dependencies: Generation['dependencies']): Promise<Plan> {
  const notes: TraceNote[] = []
  const resolver = tracingResolver(dependencies.resolver, note => void notes.push(note))
  const discover = discoverDependencies(dependencies, dependencies.config.listeners)
  const plan = await planDelivery(destination, { ...discover, resolver })
  return { ...plan, trace: [...plan.trace, ...notes] }
}
