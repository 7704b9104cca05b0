/** Targets of aliases of a running relay: their failures counted one after the other, their probes sent now and then. */
import { Semaphore } from '../../bounded/semaphore.ts'
import type { SpooledBounce } from '../bounces/pass-bounce-on.ts'
import { keepUntil } from '../keep-until.ts'
import type { PathDependencies } from '../path-dependencies.ts'
import type { CountTargetsDependencies } from './count-target-failures.ts'
import { countFailedTargets, countTargetBounce } from './count-target-failures.ts'
import type { TargetProbesDependencies } from './target-probes.ts'
import { careForTargets } from './target-probes.ts'
import { scoreSettings } from './target-standing.ts'

export class TargetCare {
  readonly #path: PathDependencies
  readonly #sendNotice: TargetProbesDependencies['sendNotice']
  /** Two failures of one target at the same time are two. */
  readonly #turns = new Semaphore(1)

  constructor(path: PathDependencies, sendNotice: TargetProbesDependencies['sendNotice']) {
    this.#path = path
    this.#sendNotice = sendNotice
  }

  /** Counts the failed copies of a message. */
  async countCopies(queueId: string): Promise<void> {
    const isAnySuspended = await this.#turns.run(() => countFailedTargets(queueId, this.#counting()))
    if (isAnySuspended) await this.#path.suspendedTargets.check()
  }

  /** Counts what a report says about one copy. True: it was about a probe, and goes no further. */
  async countBounce(bounce: SpooledBounce): Promise<boolean> {
    const { isOfProbe, isSuspended } = await this.#turns.run(() =>
      countTargetBounce(bounce, this.#counting()),
    )
    if (isSuspended) await this.#path.suspendedTargets.check()
    return isOfProbe
  }

  /** Probes are sent and decided on. */
  async care(): Promise<void> {
    const { store, aliases, config, log, suspendedTargets } = this.#path
    if (!config.aliasTargets.suspend) return
    await careForTargets({
      store,
      aliases,
      hostname: config.hostname,
      settings: scoreSettings(config),
      log,
      clock: () => this.#path.clock(),
      lookAgain: () => suspendedTargets.check(),
      sendNotice: this.#sendNotice,
    })
  }

  #counting(): CountTargetsDependencies {
    const { store, aliases, config, log } = this.#path
    return {
      store,
      aliases,
      settings: scoreSettings(config),
      log,
      clock: () => this.#path.clock(),
      keepUntil: milliseconds => keepUntil(this.#path, milliseconds),
    }
  }
}
