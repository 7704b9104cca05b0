/** aliases show | resume: where an alias leads, and what of it gets no mail because it refuses it for good. */
import type { Command } from 'commander'
import { aliasAddress } from '../../config/maps/alias-map.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { scoreAt } from '../../lists/bounce-score.ts'
import { foldedAddress } from '../../message/mailbox.ts'
import { printable } from '../../message/printable.ts'
import type { Answer } from '../../operator/operations.ts'
import { scoreSettings } from '../../service/alias-targets/target-standing.ts'
import { shownAliases } from '../../service/operator/aliases-desk.ts'
import { aliasArgument } from '../../service/operator/checked-aliases.ts'
import { openOutside } from '../../service/outside/outside.ts'
import type { AliasTarget } from '../../store/alias-target-records.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { addressArgument, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, tableText } from '../terminal.ts'

type Options = ConfigOption & JsonOption

interface ShownTarget {
  readonly address: string
  readonly state: 'active' | 'suspended'
  /** Of those that count, what time has not taken off yet. */
  readonly failures: number
  readonly suspendedAt: string | null
  readonly probes: number
  readonly nextProbeAt: string | null
  readonly reason: string | null
}

interface ShownAliasTargets {
  readonly alias: string
  readonly source: string
  readonly targets: readonly ShownTarget[]
}

/** Adds `aliases show`. */
export function addShow(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(aliases.command('show')))
    .description('show where an alias leads, and how the mail to it fares')
    .argument('<alias>', 'its address, wherever it stands; @alias.example is the catch-all')
    .action(async (text: string, options: Options) => {
      const shown = await withStore(options.config, 'read', (store, config) =>
        showAlias(text, { store, config, now: terminal.clock() }),
      )
      if (shown === undefined) terminal.note(`${printable(text)}: there is no such alias\n`)
      else terminal.out(options.json ? jsonText(shown) : aliasText(shown))
      finish(shown === undefined ? 1 : 0)
    })
}

interface Showing {
  readonly store: Store
  readonly config: RelayConfig
  readonly now: number
}

async function showAlias(text: string, showing: Showing): Promise<ShownAliasTargets | undefined> {
  const { store, config } = showing
  const name = aliasAddress(aliasArgument(text, config))
  const found = (await allAliases(store, config)).find(one => one.alias === name && one.inForce)
  if (found === undefined) return undefined
  const targets = found.targets.map(async address => {
    const target = await store.aliasTarget(foldedAddress(address))
    return shownTarget(address, target, showing)
  })
  return { alias: found.alias, source: found.source, targets: await Promise.all(targets) }
}

function shownTarget(
  address: string,
  target: AliasTarget | undefined,
  { config, now }: Showing,
): ShownTarget {
  if (target === undefined)
    return {
      address,
      state: 'active',
      failures: 0,
      suspendedAt: null,
      probes: 0,
      nextProbeAt: null,
      reason: null,
    }
  return {
    address,
    state: target.state,
    failures: Math.round(scoreAt(target, scoreSettings(config), now) * 100) / 100,
    suspendedAt: timeText(target.suspendedAt),
    probes: target.probes,
    nextProbeAt: target.probeQueueId === null ? timeText(target.probeDueAt) : null,
    reason: target.reason,
  }
}

function timeText(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}

function aliasText({ alias, source, targets }: ShownAliasTargets): string {
  const rows = targets.map(({ address, state, failures, suspendedAt, nextProbeAt, reason }) => [
    printable(address),
    state === 'suspended' ? `suspended since ${day(suspendedAt)}` : state,
    String(failures),
    nextProbeAt === null ? '-' : day(nextProbeAt),
    printable(reason ?? '-'),
  ])
  const table = tableText(['LEADS TO', 'STATE', 'FAILURES', 'PROBE', 'LAST FAILURE'], rows)
  return `${printable(alias)} (${printable(source)})\n\n${table}`
}

function day(time: string | null): string {
  return time?.slice(0, 10) ?? '-'
}

/** Adds `aliases resume`. */
export function addResume(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(aliases.command('resume')))
    .description('let suspended addresses get mail again, without waiting for a probe')
    .argument('<addresses...>', 'addresses that aliases lead to')
    .action(async (texts: readonly string[], options: Options) => {
      const keys = texts.map(text => foldedAddress(addressArgument(text)))
      const resumed = await withStore(options.config, 'change', store => store.resumeAliasTargets(keys))
      terminal.out(options.json ? jsonText({ resumed }) : `${resumed} resumed.\n`)
      finish(resumed === 0 ? 1 : 0)
    })
}

/** Every alias, by address; where several sources have one, the one in force first. */
async function allAliases(store: Store, config: RelayConfig): Promise<Answer<'listAliases'>['aliases']> {
  const outside = await openOutside(config, store)
  return shownAliases(config, outside.sources(), new Set(await store.suspendedTargets()))
}
