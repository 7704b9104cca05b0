/** What aliases lead to: how mail to it fares, and what gets none because it refuses it for good. */

import type { AliasKey } from '../../config/maps/alias-map.ts'
import { aliasAddress } from '../../config/maps/alias-map.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { isoTime } from '../../hoplog/record.ts'
import { scoreAt } from '../../lists/bounce-score.ts'
import { foldedAddress, foldedLocalPart } from '../../message/mailbox.ts'
import { printable } from '../../message/printable.ts'
import { addressArgument } from '../../operator/address-argument.ts'
import type { Answer, Performers } from '../../operator/operations.ts'
import { NotThere } from '../../operator/problems.ts'
import type { AliasTarget } from '../../store/alias-target-records.ts'
import { scoreSettings } from '../alias-targets/target-standing.ts'
import type { Outside } from '../outside/outside.ts'
import { aliasArgument } from './checked-aliases.ts'
import type { DeskDependencies } from './desk-dependencies.ts'

type AliasTargetsDesk = Pick<Performers, 'showAlias' | 'resumeTargets'>
type Dependencies = Pick<DeskDependencies, 'store' | 'config' | 'outside' | 'clock' | 'changed'>
type ShownTarget = Answer<'showAlias'>['targets'][number]

export function aliasTargetsDesk({ store, config, outside, clock, changed }: Dependencies): AliasTargetsDesk {
  return {
    async showAlias({ alias: text }) {
      const [settings, from] = [await config(), await store('read')]
      const name = aliasArgument(text, settings)
      const found = sourceOf(name, settings, (await outside()).sources())
      if (found === undefined) throw new NotThere(`${printable(text)}: there is no such alias`)
      const targets: ShownTarget[] = []
      for (const address of found.targets) {
        const target = await from.aliasTarget(foldedAddress(address))
        targets.push(shownTarget(address, target, settings, clock()))
      }
      return { alias: aliasAddress(name), source: found.source, targets }
    },
    async resumeTargets({ addresses }) {
      const keys = addresses.map(text => foldedAddress(addressArgument(text)))
      const resumed = await (await store('change')).resumeAliasTargets(keys)
      changed()
      return { resumed }
    },
  }
}

/** The first source that knows an alias goes. */
function sourceOf(
  { localPart, domain }: AliasKey,
  { domains }: RelayConfig,
  outside: ReturnType<Outside['sources']>,
): { readonly source: string; readonly targets: readonly string[] } | undefined {
  const configured = Object.entries(domains[domain]?.aliases ?? {})
  const own = configured.find(([name]) => foldedLocalPart(name) === localPart)
  if (own !== undefined) return { source: 'configuration', targets: own[1] }
  for (const { name: source, entries } of outside) {
    const targets = entries.targetsOf(localPart, domain)
    if (targets !== undefined) return { source, targets }
  }
  return undefined
}

function shownTarget(
  address: string,
  target: AliasTarget | undefined,
  config: RelayConfig,
  now: number,
): ShownTarget {
  if (target === undefined) return { ...neverFailed, address }
  const { state, suspendedAt, probes, probeQueueId, probeDueAt, reason } = target
  return {
    address,
    state,
    failures: Math.round(scoreAt(target, scoreSettings(config), now) * 100) / 100,
    suspendedAt: timeOrNull(suspendedAt),
    probes,
    nextProbeAt: probeQueueId === null ? timeOrNull(probeDueAt) : null,
    reason,
  }
}

const neverFailed = {
  state: 'active',
  failures: 0,
  suspendedAt: null,
  probes: 0,
  nextProbeAt: null,
  reason: null,
} as const

function timeOrNull(time: number | null): string | null {
  return time === null ? null : isoTime(time)
}
