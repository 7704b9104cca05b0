/** Counts how TLS went with next hops, by day and domain (RFC 8460 section 4); the daily reports are made of it. */
import type { TlsSessionEvent, TlsTrouble } from '../../deliver/tls-trouble.ts'
import type { SmtpHop, TlsPolicy } from '../../discover/next-hop.ts'
import type { StsProblem } from '../../discover/sts-policies.ts'
import type { TlsaRecord } from '../../dns/resolver.ts'
import type { Logger } from '../../log/log.ts'
import { asciiDomain } from '../../message/mailbox.ts'
import type { Store } from '../../store/store.ts'
import type {
  ReportedPolicy,
  StsPolicyRecord,
  TlsFailureDetails,
  TlsSessions,
} from '../../store/tls-records.ts'

export interface CountingDependencies {
  readonly store: Pick<Store, 'countTlsSession'>
  readonly log: Logger
  /** Unix milliseconds. */
  clock(): number
}

/** YYYY-MM-DD in UTC: the days that reports are about. */
export function utcDay(unixMilliseconds: number): string {
  return new Date(unixMilliseconds).toISOString().slice(0, 10)
}

export class TlsCounting {
  readonly #dependencies: CountingDependencies
  readonly #writing = new Set<Promise<void>>()

  constructor(dependencies: CountingDependencies) {
    this.#dependencies = dependencies
  }

  /** A session was opened, or failed for its TLS. Routes and SRV have no policy that a domain could hear of. */
  session({ hop, destination, localAddress, trouble }: TlsSessionEvent): void {
    if ((hop.source !== 'mx' && hop.source !== 'address') || destination.startsWith('[')) return
    const domain = policyDomain(hop.policy) ?? asciiDomain(destination)
    const sending = localAddress === undefined ? {} : { sendingIp: localAddress }
    const details = trouble === undefined ? {} : { ...receiving(hop, trouble), ...sending }
    this.#count(domain, reportedPolicy(hop.policy), trouble, details)
  }

  /** A host that an enforced policy does not name was left alone: a session that did not come about. */
  refusedHost(hop: SmtpHop): void {
    if (hop.policy?.kind !== 'mta-sts') return
    const trouble: TlsTrouble = { type: 'validation-failure', code: 'mx-not-in-policy' }
    this.#count(hop.policy.domain, reportedPolicy(hop.policy), trouble, receiving(hop, trouble))
  }

  /** Nobody could find out whether a host has TLSA records: what DNSSEC says does not hold, or there was no answer. */
  daneUnknown({ domain, host }: { readonly domain: string; readonly host: string }): void {
    const policy: ReportedPolicy = { type: 'tlsa', string: [], mxHost: [] }
    this.#count(domain, policy, { type: 'dnssec-invalid' }, { receivingMx: host })
  }

  /** A policy could not be fetched. */
  stsProblem({ domain, failure, kept }: StsProblem): void {
    this.#count(domain, stsPolicy(kept), { type: failure }, {})
  }

  /** Resolves when everything that was counted is on disk. */
  async settled(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing)
  }

  #count(
    domain: string,
    policy: ReportedPolicy,
    trouble: TlsTrouble | undefined,
    details: TlsFailureDetails,
  ): void {
    const { store, log, clock } = this.#dependencies
    const sessions: TlsSessions = {
      day: utcDay(clock()),
      domain,
      policy,
      result: trouble?.type ?? 'success',
      details,
    }
    // A count that is lost must not hold up mail.
    const writing = store
      .countTlsSession(sessions)
      .catch((error: unknown) => log.warn({ error, domain }, 'a TLS session could not be counted'))
      .finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }
}

function receiving(hop: SmtpHop, { code }: TlsTrouble): TlsFailureDetails {
  return {
    receivingMx: hop.host,
    receivingIp: hop.address,
    ...(code !== undefined && { reasonCode: code }),
  }
}

/** The domain that a policy is about (RFC 8460 section 1.1): of DANE it is that of the records. */
function policyDomain(policy: TlsPolicy | undefined): string | undefined {
  if (policy?.kind === 'mta-sts') return policy.domain
  return policy?.kind === 'dane' ? policy.baseDomain : undefined
}

function reportedPolicy(policy: TlsPolicy | undefined): ReportedPolicy {
  if (policy?.kind === 'mta-sts') return stsPolicy(policy)
  if (policy?.kind === 'dane') return { type: 'tlsa', string: policy.records.map(recordText), mxHost: [] }
  return { type: 'no-policy-found', string: [], mxHost: [] }
}

/** A policy that was never seen is one without lines. */
function stsPolicy(policy: Pick<StsPolicyRecord, 'lines' | 'mx'> | undefined): ReportedPolicy {
  return { type: 'sts', string: policy?.lines ?? [], mxHost: policy?.mx ?? [] }
}

/** A TLSA record as zone files have it (RFC 6698 section 2.2). */
function recordText({ usage, selector, matchingType, association }: TlsaRecord): string {
  return `${usage} ${selector} ${matchingType} ${association.toString('hex')}`
}
