/** The relay as a whole, and where its mail goes. */
import type { Performers } from '../../operator/operations.ts'
import type { DeskDependencies } from './desk-dependencies.ts'

type RelayDesk = Pick<Performers, 'status' | 'reload' | 'destinations' | 'keys'>

export function relayDesk({
  store,
  clock,
  relay,
}: Pick<DeskDependencies, 'store' | 'clock' | 'relay'>): RelayDesk {
  return {
    status: () => relay.status(),
    reload: () => relay.reload(),
    async destinations({ limit }) {
      const from = await store('read')
      const all = await from.queueByDestination(clock(), limit)
      const destinations = all.map(async one => ({
        ...one,
        health: relay.healthOf(one.destination),
        policy: (await from.stsPolicy(one.destination))?.mode ?? null,
      }))
      return { destinations: await Promise.all(destinations) }
    },
    async keys({ domain, limit, after }) {
      const { keys, isLast } = await relay.keys({ domain: domain?.toLowerCase(), limit, after })
      const last = keys.at(-1)
      return { keys, next: isLast || last === undefined ? null : last.recordName }
    },
  }
}
