/**
 * Failure reports about DMARC (RFC 9991): one mail about one message, redacted, to the places in `ruf` that may have it. A flood of
 * failures makes a few reports: limits hold across restarts, and what comes while others are on their way is not reported.
 */
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { ReportableEvaluation } from '../../admit/dmarc-evaluation.ts'
import { dmarcLookUps } from '../../dmarc/look-ups.ts'
import { readPolicyRecord } from '../../dmarc/policy-record.ts'
import { reportAddress, verifyDestination, wantedPlaces } from '../../dmarc-report/destinations.ts'
import { composeFailureMail } from '../../dmarc-report/failure-mail.ts'
import { isFailureWanted } from '../../dmarc-report/failure-options.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { dmarcFailures as bounds } from '../../limits.ts'
import type { Logger } from '../../log/log.ts'
import { fieldValue } from '../../message/header-field.ts'
import { readMessage } from '../../message/message.ts'
import type { Received } from '../../receive/received.ts'
import type { FailureReportLimits } from '../../store/dmarc-failure-records.ts'
import type { Store } from '../../store/store.ts'
import type { OwnMessageDependencies } from '../own-message.ts'
import { sendOwnMessage } from '../own-message.ts'
import type { Tasks } from '../tasks.ts'

export interface FailureReportSettings {
  /** Own domain that signs and whose postmaster is the author. */
  readonly domain: string
  /** Name of this host. */
  readonly submitter: string
  readonly organization: string
  /** Name of this program. */
  readonly generator: string
  readonly limits: FailureReportLimits
}

interface OwnMail extends OwnMessageDependencies {
  clock(): number
  random(octets: number): Buffer
  nextQueueId(): string
}

export interface FailureReportDependencies {
  readonly store: Pick<Store, 'hasFailureReportRoom' | 'spoolFailureReport'>
  readonly log: Logger
  readonly resolver: Pick<Resolver, 'txt' | 'mx'>
  /** undefined: nobody gets any. */
  readonly settings: FailureReportSettings | undefined
  readonly background: Pick<Tasks, 'run'>
  /** Of the hashes that stand for local parts. */
  readonly redactionKey: Buffer
  ownMail(): OwnMail
}

export class FailureReports {
  readonly #dependencies: FailureReportDependencies
  readonly #key: KeyObject
  #underWay = 0

  constructor(dependencies: FailureReportDependencies) {
    this.#dependencies = dependencies
    this.#key = createSecretKey(dependencies.redactionKey)
  }

  /** Reports it in the background, where that is wanted and may be done. */
  consider(received: Received, reportable: ReportableEvaluation): void {
    const { settings, background } = this.#dependencies
    if (settings === undefined || !isReportable(received, reportable)) return
    if (this.#underWay >= bounds.underWay) return
    this.#underWay += 1
    void background
      .run(`failure report about ${received.queueId}`, () => this.#report(received, reportable, settings))
      .finally(() => {
        this.#underWay -= 1
      })
  }

  async #report(
    received: Received,
    reportable: ReportableEvaluation,
    settings: FailureReportSettings,
  ): Promise<void> {
    const { store, ownMail } = this.#dependencies
    const { policyDomain, record } = reportable
    const now = ownMail().clock()
    if (!(await store.hasFailureReportRoom(policyDomain, now, settings.limits))) return
    for (const uri of await this.#places(policyDomain, record)) {
      await this.#send(uri, received, reportable, settings)
    }
  }

  /** Those in `ruf` that may have it. */
  async #places(policyDomain: string, record: string): Promise<string[]> {
    const { resolver, log } = this.#dependencies
    const lookUps = dmarcLookUps(resolver)
    const accepted = new Set<string>()
    for (const { uri } of wantedPlaces(record, 'ruf').slice(0, bounds.maxPlaces)) {
      const found = await verifyDestination(uri, policyDomain, lookUps, 'ruf')
      if (found.kind === 'accepted') for (const one of found.uris) accepted.add(one)
      else log.debug({ domain: policyDomain, reason: found.reason }, 'failure report not sent')
    }
    return [...accepted].slice(0, bounds.maxPlaces)
  }

  async #send(
    uri: string,
    received: Received,
    { policyDomain, evaluation }: ReportableEvaluation,
    settings: FailureReportSettings,
  ): Promise<void> {
    const { store, log, ownMail } = this.#dependencies
    const to = reportAddress(uri)
    if (to === undefined) return
    const mail = ownMail()
    const { domain, limits, ...about } = settings
    const [queueId, composedAt] = [mail.nextQueueId(), mail.clock()]
    const octets = await composeFailureMail({
      ...about,
      policyDomain,
      from: `postmaster@${domain}`,
      to,
      composedAtMilliseconds: composedAt,
      messageId: `${queueId.toLowerCase()}.dmarc-failure@${domain}`,
      boundary: mail.random(12).toString('hex'),
      redactionKey: this.#key,
      about: {
        message: readMessage(received.octets),
        reversePath: received.envelope.reversePath,
        source: received.peer.address,
        receivedAtMilliseconds: received.receivedAtMilliseconds,
        evaluation,
      },
    })
    const report = { sentAt: composedAt, domain: policyDomain, place: uri, about: received.queueId, queueId }
    const own = { queueId, kind: 'notice', octets, reversePath: '', to, domain, profile: undefined } as const
    const isSent = await sendOwnMessage(
      { ...own, composedAt },
      (message, deliveries) => store.spoolFailureReport({ report, limits }, message, deliveries),
      mail,
    )
    if (isSent) log.info({ domain: policyDomain, to, about: report.about, queueId }, 'failure report sent')
  }
}

/** Never about what a program wrote about other mail, nor about what somebody vouches for: an honest forwarder's readers are not its author's business. */
function isReportable({ envelope, octets }: Received, { record, evaluation }: ReportableEvaluation): boolean {
  const published = readPolicyRecord(record)
  if (published === undefined || published.failureReportUris.length === 0) return false
  if (envelope.reversePath === '' || evaluation.reasons.some(({ type }) => type !== 'policy_test_mode'))
    return false
  return isFailureWanted(published.failureOptions, evaluation) && !isReport(octets)
}

function isReport(octets: Buffer): boolean {
  const type = readMessage(octets).fields.find(({ name }) => name.toLowerCase() === 'content-type')
  return type !== undefined && /^\s*multipart\/report/i.test(fieldValue(type))
}
