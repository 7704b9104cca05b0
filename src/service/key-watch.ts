/**
 * The keyring of a running relay: keys that were made while it runs are found, and each begins to sign once its record is
 * seen in DNS. The decisions are in sign/; here the folder is read, DNS is asked, and the log is told.
 */
import type { Resolver } from '../dns/resolver.ts'
import type { Logger } from '../log/log.ts'
import { decideActivation } from '../sign/activation.ts'
import type { KeyName } from '../sign/key-name.ts'
import { isSameName } from '../sign/key-name.ts'
import { writeNote } from '../sign/key-note.ts'
import type { KeyStatus } from '../sign/key-status.ts'
import type { Keyring } from '../sign/keyring.ts'
import { keyring, loadKeyring } from '../sign/keyring.ts'
import { comparePublished } from '../sign/published.ts'

/** How often the keys folder and, for new keys, DNS are looked at: people wait for it after they published a record. */
export const keyCheckEveryMilliseconds = 60_000

export interface KeyWatchSettings {
  readonly folder: string
  readonly resolver: Pick<Resolver, 'txt'>
  readonly log: Logger
  /** Unix milliseconds. */
  clock(): number
  /** How long a replaced key stays published: the life of the queue and then that of a signature. */
  readonly keepMilliseconds: number
  /** Whether this relay is the one that changes states of keys, where several share the folder. Default: it is. */
  mayChange?(): Promise<boolean>
  /** What is done before the folder is read: nodes that share keys exchange them. */
  beforeLook?(): Promise<unknown>
  /** @throws KeyError for a keyring with which a domain could not sign; the one before is then kept */
  validate(keyring: Keyring): void
}

export class KeyWatch {
  readonly #settings: KeyWatchSettings
  readonly #told = new Map<string, string>()
  #keyring: Keyring
  #timer: NodeJS.Timeout | undefined
  #checking: Promise<boolean> | undefined

  constructor(atStart: Keyring, settings: KeyWatchSettings) {
    this.#keyring = atStart
    this.#settings = settings
  }

  /** The keys as of the last look. */
  get keyring(): Keyring {
    return this.#keyring
  }

  /** Looks now and then again and again. Resolves after the first look. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.check(), keyCheckEveryMilliseconds).unref()
    await this.check()
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#checking
  }

  /** One look. Never rejects: what went wrong is logged and gives false, and the keys stay as they are. */
  check(): Promise<boolean> {
    this.#checking ??= this.#look()
      .then(() => true)
      .catch((error: unknown) => {
        const text = error instanceof Error ? error.message : String(error)
        this.#tellOnce('keys', text, () =>
          this.#settings.log.error({ error }, 'the keys cannot be read again'),
        )
        return false
      })
      .finally(() => {
        this.#checking = undefined
      })
    return this.#checking
  }

  async #look(): Promise<void> {
    await this.#settings.beforeLook?.()
    await this.#reload()
    const pending = this.#keyring.statuses.filter(one => one.state === 'pending' && one.hasFile)
    const { mayChange } = this.#settings
    if (pending.length === 0 || (await mayChange?.()) === false) return
    const activated = await Promise.all(pending.map(one => this.#tryPending(one)))
    if (activated.includes(true)) await this.#reload()
  }

  async #reload(): Promise<void> {
    const { folder, validate } = this.#settings
    const fresh = this.#withoutStrangers(await loadKeyring(folder, this.#keyring))
    validate(fresh)
    this.#keyring = fresh
    this.#told.delete('keys')
  }

  /** A key without a note that appears under way is not taken up: nothing says that its record is published. */
  #withoutStrangers(fresh: Keyring): Keyring {
    const known = this.#keyring.statuses
    const isStranger = (one: KeyStatus) =>
      isWithoutNote(one) && !known.some(before => isSameName(before, one))
    const strangers = fresh.statuses.filter(isStranger)
    for (const { selector, domain } of strangers) {
      const text = 'a key without a note is used after the next start only'
      this.#tellOnce(`${selector} ${domain}`, text, () => this.#settings.log.warn({ domain, selector }, text))
    }
    if (strangers.length === 0) return fresh
    const isKnown = (name: KeyName) => !strangers.some(stranger => isSameName(stranger, name))
    return keyring(fresh.keys.filter(isKnown), fresh.statuses.filter(isKnown))
  }

  /** True when the key signs from now on. */
  async #tryPending(one: KeyStatus): Promise<boolean> {
    const { folder, resolver, log, clock, keepMilliseconds } = this.#settings
    const key = this.#keyring.keys.find(candidate => isSameName(candidate, one))
    if (key === undefined) return false
    const published = comparePublished(key, await resolver.txt(key.recordName))
    const decision = decideActivation(one, published, { nowMilliseconds: clock(), keepMilliseconds })
    const fields = { domain: one.domain, selector: one.selector }
    if (decision.kind === 'wait') {
      const { reason } = decision
      this.#tellOnce(key.recordName, reason, () => log.info({ ...fields, reason }, 'a new key waits'))
      return false
    }
    await writeNote(folder, { name: { selector: one.selector, domain: one.domain }, note: decision.note })
    const { replacedUntil } = decision.note
    const retiring = {
      replaces: one.replaces,
      replacedUntil: replacedUntil && new Date(replacedUntil).toISOString(),
    }
    log.info({ ...fields, ...retiring }, 'a new key signs from now on')
    return true
  }

  /** The same once a minute would fill the log. */
  #tellOnce(about: string, text: string, tell: () => void): void {
    if (this.#told.get(about) === text) return
    this.#told.set(about, text)
    tell()
  }
}

function isWithoutNote({ note }: KeyStatus): boolean {
  return Object.keys(note).length === 0
}
