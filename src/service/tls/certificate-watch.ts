/**
 * The certificates of the listeners of a running relay: read again every minute, so that a renewed one is shown without a restart.
 * Connections that are open keep theirs. What cannot be used is told, and the one before stays.
 */
import { X509Certificate } from 'node:crypto'
import type { Logger } from '../../log/log.ts'
import type { Certificate } from '../../receive/settings.ts'

/** How often files are read: a certificate is renewed weeks before it expires. */
export const certificateCheckEveryMilliseconds = 60_000

/** From this long before its end on, a certificate that was not renewed is worth a warning. */
const warnBeforeMilliseconds = 14 * 86_400_000

/** One listener with TLS. */
export interface WatchedListener {
  /** As the log names it. */
  readonly name: string
  readonly listener: {
    /** @throws Error when it cannot be used; the one before stays */
    useCertificate(certificate: Certificate): void
  }
  /** What it shows now. */
  certificate: Certificate
  /** Reads it again. Rejects when it cannot be used. */
  read(): Promise<Certificate>
}

export interface CertificateWatchDependencies {
  readonly log: Logger
  /** Unix milliseconds. */
  clock(): number
}

export class CertificateWatch {
  readonly #watched: WatchedListener[]
  readonly #dependencies: CertificateWatchDependencies
  readonly #told = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined
  #checking: Promise<boolean> | undefined

  constructor(watched: readonly WatchedListener[], dependencies: CertificateWatchDependencies) {
    this.#watched = [...watched]
    this.#dependencies = dependencies
  }

  start(): void {
    this.#timer = setInterval(() => void this.check(), certificateCheckEveryMilliseconds).unref()
    for (const one of this.#watched) this.#warnOfEnd(one)
  }

  /** One more listener, from the next look on. */
  watch(one: WatchedListener): void {
    this.#watched.push(one)
    this.#warnOfEnd(one)
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#checking
  }

  /** Looks once. Never rejects; false when one could not be used. */
  check(): Promise<boolean> {
    this.#checking ??= Promise.all(this.#watched.map(one => this.#look(one)))
      .then(looks => !looks.includes(false))
      .finally(() => {
        this.#checking = undefined
      })
    return this.#checking
  }

  async #look(one: WatchedListener): Promise<boolean> {
    const { log } = this.#dependencies
    let isGood = true
    try {
      const fresh = await one.read()
      if (fresh.cert !== one.certificate.cert || fresh.key !== one.certificate.key) {
        one.listener.useCertificate(fresh)
        one.certificate = fresh
        log.info({ listener: one.name, ...factsOf(fresh) }, 'a new certificate is shown from now on')
      }
      this.#told.delete(one.name)
    } catch (error) {
      isGood = false
      const reason = error instanceof Error ? error.message : String(error)
      const text = 'the certificate cannot be used, the one before stays'
      this.#tellOnce(one.name, reason, () => log.error({ listener: one.name, reason }, text))
    }
    this.#warnOfEnd(one)
    return isGood
  }

  #warnOfEnd({ name, certificate }: WatchedListener): void {
    const { validTo } = factsOf(certificate)
    const leftMilliseconds = Date.parse(validTo) - this.#dependencies.clock()
    if (leftMilliseconds > warnBeforeMilliseconds) return
    const text = leftMilliseconds < 0 ? 'the certificate has expired' : 'the certificate expires soon'
    this.#tellOnce(`end of ${name}`, `${text} ${validTo}`, () =>
      this.#dependencies.log.warn({ listener: name, validTo }, text),
    )
  }

  /** The same once a minute would fill the log. */
  #tellOnce(about: string, text: string, tell: () => void): void {
    if (this.#told.get(about) === text) return
    this.#told.set(about, text)
    tell()
  }
}

function factsOf({ cert }: Certificate): { readonly names: string; readonly validTo: string } {
  const { subjectAltName = '', validToDate } = new X509Certificate(cert)
  return { names: subjectAltName, validTo: validToDate.toISOString() }
}
