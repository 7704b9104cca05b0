/** What a peer allows in one session, as it announces with LIMITS (RFC 9422). */
import { domainOf } from '../message/mailbox.ts'

export class SessionLimits {
  /** MAIL commands, also those that failed; Infinity where nothing was announced. */
  readonly maxTransactions: number
  readonly #maxDomains: number
  readonly #domains = new Set<string>()

  /**
   * @param parameters what follows the keyword LIMITS in the EHLO reply; undefined where it is missing. What is malformed, or
   *   announces none at all, counts as not announced.
   */
  constructor(parameters: string | undefined) {
    const limits = readLimits(parameters ?? '')
    this.maxTransactions = limits.get('MAILMAX') ?? Number.POSITIVE_INFINITY
    this.#maxDomains = limits.get('RCPTDOMAINMAX') ?? Number.POSITIVE_INFINITY
  }

  /** Whether a transaction for this recipient keeps within the number of recipient domains. */
  allows(forwardPath: string): boolean {
    return this.#domains.size < this.#maxDomains || this.#domains.has(domainOf(forwardPath))
  }

  /** A transaction for this recipient begins. */
  used(forwardPath: string): void {
    if (Number.isFinite(this.#maxDomains)) this.#domains.add(domainOf(forwardPath))
  }
}

/** `NAME=value` pairs; the values that matter here have one to six digits and are above 0. */
function readLimits(parameters: string): Map<string, number> {
  return new Map(
    parameters.split(/[ \t]+/).flatMap((part): [string, number][] => {
      const [, name, value] = /^([A-Za-z0-9-]+)=(\d{1,6})$/.exec(part) ?? []
      return name === undefined || Number(value) === 0 ? [] : [[name.toUpperCase(), Number(value)]]
    }),
  )
}
