/** The keys of the bounce addresses in a running relay: a new one is used soon after it was made, an old one is removed in its time. */
import type { KeyObject } from 'node:crypto'
import { createSecretKey } from 'node:crypto'
import type { Logger } from '../../log/log.ts'
import { ensureBounceKey } from '../../sign/bounce-key.ts'
import { loadBounceKeys, removeOutdatedBounceKeys } from '../../sign/bounce-keys.ts'
import { keyCheckEveryMilliseconds } from '../key-watch.ts'

export interface BounceKeyWatchSettings {
  readonly folder: string
  readonly log: Logger
  /** Unix milliseconds. */
  clock(): number
  random(octets: number): Buffer
  /** Whether this relay is the one that removes old keys, where several share the folder. Default: it is. */
  mayChange?(): Promise<boolean>
}

export class BounceKeyWatch {
  readonly #settings: BounceKeyWatchSettings
  /** The one that makes addresses comes first. */
  #keys: readonly [KeyObject, ...KeyObject[]]
  #timer: NodeJS.Timeout | undefined
  #checking: Promise<boolean> | undefined

  private constructor(settings: BounceKeyWatchSettings, current: Buffer) {
    this.#settings = settings
    this.#keys = [createSecretKey(current)]
  }

  /** Reads the keys, makes the first where there is none, and looks again now and then. @throws KeyError */
  static async start(settings: BounceKeyWatchSettings): Promise<BounceKeyWatch> {
    const current = await ensureBounceKey(settings.folder, octets => settings.random(octets))
    const watch = new BounceKeyWatch(settings, current)
    await watch.#look()
    watch.#timer = setInterval(() => void watch.check(), keyCheckEveryMilliseconds).unref()
    return watch
  }

  /** Makes new addresses. */
  get current(): KeyObject {
    return this.#keys[0]
  }

  /** All whose addresses are accepted. */
  get accepted(): readonly KeyObject[] {
    return this.#keys
  }

  /** One look. Never rejects: what went wrong is logged and gives false, and the keys stay as they are. */
  check(): Promise<boolean> {
    this.#checking ??= this.#look()
      .then(() => true)
      .catch((error: unknown) => {
        this.#settings.log.error({ error }, 'the keys of the bounce addresses cannot be read again')
        return false
      })
      .finally(() => {
        this.#checking = undefined
      })
    return this.#checking
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#checking
  }

  async #look(): Promise<void> {
    const { folder, log, clock, mayChange } = this.#settings
    const isMine = (await mayChange?.()) !== false
    for (const file of isMine ? await removeOutdatedBounceKeys(folder, clock()) : []) {
      log.info({ file }, 'an old key of bounce addresses is removed: all its addresses have expired')
    }
    const { current, earlier } = await loadBounceKeys(folder)
    if (current === undefined) throw new Error(`${folder}: the key of the bounce addresses is gone`)
    const [first, ...others] = [current, ...earlier.map(({ key }) => key)].map(key => createSecretKey(key))
    if (first === undefined) return
    const isNew = !first.equals(this.current)
    this.#keys = [first, ...others]
    if (isNew) log.info({ earlier: others.length }, 'bounce addresses are made with a new key from now on')
  }
}
