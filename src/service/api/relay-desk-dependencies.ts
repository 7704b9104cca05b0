/** The operator's desk in the running relay. */
import { shownKey } from '../admin/domain-desk.ts'
import type { Generation } from '../generation.ts'
import type { DeskDependencies, RelayAtWork, WantedKeys } from '../operator/desk-dependencies.ts'

/** What does not go with a configuration. */
export interface RelayControls extends Pick<RelayAtWork, 'status' | 'reload'> {
  /** Of the program. */
  version(): string
}

export function relayDeskDependencies(generation: Generation, controls: RelayControls): DeskDependencies {
  const { config, dependencies, path } = generation
  const { store, outside, suspendedTargets, lists, resolver, clock, random } = dependencies
  return {
    store: async () => store,
    config: async () => config,
    async outside() {
      await outside.check()
      return outside
    },
    resolver: async () => resolver,
    relay: {
      status: () => controls.status(),
      reload: () => controls.reload(),
      healthOf: destination => path.healthOf(destination),
      keys: wanted => keysOf(generation, wanted),
    },
    clock: () => clock(),
    random: octets => random(octets),
    progress: () => undefined,
    changed() {
      // What the relay changes itself, it does not hear of from the store.
      path.lookAgain()
      void lists.check()
      void outside.check()
      void suspendedTargets.check()
    },
  }
}

async function keysOf({ dependencies }: Generation, { domain, limit, after }: WantedKeys) {
  const { keys, resolver } = dependencies
  const all = keys.keyring.keys
    .filter(key => domain === undefined || key.domain === domain)
    .toSorted((one, other) => (one.recordName < other.recordName ? -1 : 1))
  const left = all.filter(({ recordName }) => after === undefined || recordName > after)
  const page = await Promise.all(left.slice(0, limit).map(key => shownKey(key, resolver)))
  return { keys: page, isLast: left.length <= limit }
}
