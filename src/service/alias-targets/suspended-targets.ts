/** The suspended targets of aliases, in memory: the relay is told of them every second, whoever has suspended or resumed them. */
import type { RelayConfig } from '../../config/schema.ts'
import type { AliasDirectory } from '../../expand/alias-directory.ts'
import { expandRecipient } from '../../expand/expand.ts'
import * as limits from '../../limits.ts'
import type { Logger } from '../../log/log.ts'
import { foldedAddress, type Mailbox } from '../../message/mailbox.ts'
import type { Store } from '../../store/store.ts'
import { isDamage } from '../../store/store-error.ts'
import { RepeatedLook } from '../repeated-look.ts'
import { isRole } from '../role-addresses.ts'

export interface SuspendedTargetsDependencies {
  readonly config: Pick<RelayConfig, 'aliasTargets'>
  readonly store: Pick<Store, 'suspendedTargetsVersion' | 'suspendedTargets'>
  readonly log: Logger
}

export class SuspendedTargets {
  readonly #dependencies: SuspendedTargetsDependencies
  readonly #looking: RepeatedLook
  #keys: ReadonlySet<string> = new Set()
  #version: number | undefined

  constructor(dependencies: SuspendedTargetsDependencies) {
    this.#dependencies = dependencies
    this.#looking = new RepeatedLook(
      limits.mapFiles.everyMilliseconds,
      () => this.#look(),
      error => {
        if (!isDamage(error)) dependencies.log.error({ error }, 'suspended targets cannot be read again')
      },
    )
  }

  /** @param address as an alias has it */
  has(address: string): boolean {
    return this.#keys.size > 0 && this.#keys.has(foldedAddress(address))
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0
  }

  /** Looks once. Rejects when the store cannot be read. */
  first(): Promise<void> {
    return this.#look()
  }

  /** Looks every second from now on. */
  watch(): { stop(): Promise<void> } {
    this.#looking.start()
    return this.#looking
  }

  /** Looks now: what the relay itself has changed holds at once. Never rejects. */
  check(): Promise<void> {
    return this.#looking.check()
  }

  async #look(): Promise<void> {
    const { config, store } = this.#dependencies
    if (!config.aliasTargets.suspend) return
    // Asked before the targets are: a change in between is seen at the next look.
    const version = await store.suspendedTargetsVersion()
    if (version === this.#version) return
    this.#keys = new Set(await store.suspendedTargets())
    this.#version = version
  }
}

/** Whether all that an alias leads to is suspended. The postmaster is asked whatever there was (RFC 5321 section 4.5.1). */
export function leadsToSuspended(
  mailbox: Mailbox,
  aliases: AliasDirectory,
  suspended: Pick<SuspendedTargets, 'has' | 'isEmpty'>,
): boolean {
  if (suspended.isEmpty || isRole(mailbox.localPart)) return false
  const bounds = { maxDepth: limits.maxAliasDepth, maxTargets: limits.maxAliasTargets }
  const targets = expandRecipient(`${mailbox.localPart}@${mailbox.domain}`, aliases, bounds, () => false)
  return targets.every(target => target.kind === 'external' && suspended.has(target.forwardPath))
}
