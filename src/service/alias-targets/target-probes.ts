/** Probes of suspended targets of aliases, now and then: sent, and decided on. */
import type { AliasDirectory } from '../../expand/alias-directory.ts'
import { expandRecipient } from '../../expand/expand.ts'
import * as limits from '../../limits.ts'
import type { Notice } from '../../lists/compose-notice.ts'
import { dateOf } from '../../lists/notice-text.ts'
import type { BounceScoreSettings } from '../../lists/settings.ts'
import { afterProbeSent, afterWaiting } from '../../lists/standing.ts'
import type { Logger } from '../../log/log.ts'
import { domainOf, foldedAddress } from '../../message/mailbox.ts'
import { oneLine } from '../../message/printable.ts'
import type { AliasTarget } from '../../store/alias-target-records.ts'
import type { Store } from '../../store/store.ts'
import { probeKind } from '../lists/count-failures.ts'
import { afterProbe } from '../lists/subscriber-care.ts'
import type { NoticeSettings } from '../send-notice.ts'
import { changedTarget } from './target-standing.ts'

/** How long it is known that one has failed, or was resumed, that is not suspended. */
const rememberedMilliseconds = 60 * 24 * 3_600_000

export interface TargetProbesDependencies {
  readonly store: Pick<
    Store,
    | 'targetProbesDue'
    | 'keepAliasTarget'
    | 'forgetAliasTarget'
    | 'forgetAliasTargetsBefore'
    | 'delivery'
    | 'spoolTargetProbe'
  >
  readonly aliases: AliasDirectory
  readonly hostname: string
  readonly settings: BounceScoreSettings
  readonly log: Logger
  clock(): number
  /** A target gets mail again from now on. Never rejects. */
  lookAgain(): Promise<void>
  sendNotice(notice: Notice, settings?: NoticeSettings): Promise<string | undefined>
}

/** Sends the probes that are due, decides on those whose time is over, and forgets what is long past. */
export async function careForTargets(dependencies: TargetProbesDependencies): Promise<void> {
  const { store, clock } = dependencies
  for (;;) {
    const due = await store.targetProbesDue(clock(), limits.probesAtOnce)
    for (const target of due) await settle(target, dependencies)
    if (due.length < limits.probesAtOnce) break
  }
  await store.forgetAliasTargetsBefore(clock() - rememberedMilliseconds)
}

async function settle(target: AliasTarget, dependencies: TargetProbesDependencies): Promise<void> {
  const { store, settings, log } = dependencies
  if (!isLedTo(target, dependencies.aliases)) return store.forgetAliasTarget(target.addressKey)
  if (target.state !== 'suspended')
    return store.keepAliasTarget(changedTarget(target, afterWaiting(target, null)))
  if (target.probeQueueId === null) return sendProbe(target, dependencies)
  const change = await afterProbe(target, target.probeQueueId, settings, dependencies)
  await store.keepAliasTarget(changedTarget(target, change))
  if (change.news?.kind !== 'resumed') return
  await dependencies.lookAgain()
  log.warn({ target: target.address, alias: target.alias }, 'target of an alias resumed')
}

/** The alias may lead elsewhere by now, or be gone. */
function isLedTo({ alias, addressKey }: AliasTarget, aliases: AliasDirectory): boolean {
  const bounds = { maxDepth: limits.maxAliasDepth, maxTargets: limits.maxAliasTargets }
  return (
    aliases.isOwnDomain(domainOf(alias)) &&
    expandRecipient(alias, aliases, bounds).some(
      target => target.kind === 'external' && foldedAddress(target.forwardPath) === addressKey,
    )
  )
}

async function sendProbe(target: AliasTarget, dependencies: TargetProbesDependencies): Promise<void> {
  const { store, settings, log, clock, hostname, sendNotice } = dependencies
  const queueId = await sendNotice(targetProbeNotice(target, hostname), {
    reversePath: 'bounce-address',
    commit(message, deliveries) {
      const probed = changedTarget(target, afterProbeSent(target, message.queueId, settings, clock()))
      const probes = deliveries.map(one => ({ ...one, kind: probeKind }))
      return store.spoolTargetProbe({ before: target, target: probed }, message, probes)
    },
  })
  if (queueId !== undefined)
    log.info({ target: target.address, alias: target.alias, queueId }, 'probe of a target of an alias')
}

/** Tries whether an address that has refused mail takes it again. Its coming back is told by its bounce address. */
export function targetProbeNotice(
  { address, alias, reason, suspendedAt }: AliasTarget,
  hostname: string,
): Notice {
  const lines = [
    `Mail for ${oneLine(alias)} is forwarded to this address. It has come back again and again, so that`,
    `no more was sent here since ${dateOf(suspendedAt ?? 0)}.`,
    ...(reason === null
      ? []
      : ['', 'The last failure was told in these words:', '', `    ${oneLine(reason)}`]),
    '',
    'This mail tries whether the address works again. If you can read it, it does, and forwarding goes on by',
    'itself in a few days. There is nothing to do.',
    '',
    'If you do not want this mail to be forwarded to you, please answer: the answer goes to the postmaster.',
  ]
  return {
    from: { name: `Mail relay ${hostname}`, address: `postmaster@${domainOf(alias)}` },
    to: address,
    subject: `Mail for ${oneLine(alias)}`,
    text: lines.join('\n'),
    autoSubmitted: 'auto-generated',
  }
}
