/**
 * What a running relay counts and measures, for Prometheus (docs/metrics.md). No label has a value that a stranger chooses: addresses,
 * domains and words of peers would make any number of series.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { State } from '../dkim2/verdict.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { AttemptRecord } from '../store/records.ts'
import { Snapshot, type SnapshotValues } from './snapshot.ts'

/** From a reply out of memory to a judgement that waits for DNS as long as it may; seconds. */
const acceptBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** From a host next door to one that takes ten minutes for the end of data; seconds. */
const attemptBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]

/** What is counted of a verdict. */
export interface CountedVerdict {
  readonly state: State
  readonly profile?: string | undefined
  readonly revision?: string | undefined
}

/** The end of data of one message, with its reply. */
export interface CountedMessage {
  readonly reply: Pick<SmtpReply, 'code' | 'enhanced'>
  readonly milliseconds: number
  /** TLS of the session it came in; absent: none. */
  readonly tlsVersion?: string | undefined
}

export class Meters {
  readonly #registry = new Registry()
  readonly #snapshot = new Snapshot(this.#registry)
  #hasProcess = false
  readonly #messages = this.#counter('messages_total', 'Messages at their end of data, by the reply.', [
    'outcome',
    'status',
    'tls',
  ])
  readonly #accepting = new Histogram({
    name: 'dkim2_relay_accept_seconds',
    help: 'From the end of data to its reply.',
    labelNames: ['outcome'],
    buckets: acceptBuckets,
    registers: [this.#registry],
  })
  readonly #verdicts = this.#counter('verdicts_total', 'DKIM2 verdicts on messages that came in.', [
    'state',
    'profile',
    'revision',
  ])
  readonly #refusals = this.#counter(
    'refusals_total',
    'Commands of clients that were refused, by the reply.',
    ['code', 'status'],
  )
  readonly #sessions = this.#counter('sessions_total', 'Connections of clients.', ['listener'])
  readonly #faults = this.#counter('session_faults_total', 'Sessions that met a fault of this relay.', [])
  readonly #open = new Gauge({
    name: 'dkim2_relay_sessions',
    help: 'Clients that are connected.',
    labelNames: ['listener'],
    registers: [this.#registry],
  })
  readonly #attempts = this.#counter('attempts_total', 'Attempts to deliver, by how far they came.', [
    'outcome',
    'phase',
  ])
  readonly #attempting = new Histogram({
    name: 'dkim2_relay_attempt_seconds',
    help: 'How long attempts to deliver take.',
    labelNames: ['outcome'],
    buckets: attemptBuckets,
    registers: [this.#registry],
  })
  readonly #outgoingTls = this.#counter('outgoing_tls_total', 'Attempts that reached a host, by their TLS.', [
    'version',
    'certificate',
  ])

  /** A message met its end of data. */
  message({ reply, milliseconds, tlsVersion }: CountedMessage): void {
    const outcome = reply.code < 300 ? 'taken' : reply.code < 500 ? 'deferred' : 'refused'
    this.#messages.inc({ outcome, status: reply.enhanced, tls: tlsVersion ?? 'none' })
    this.#accepting.observe({ outcome }, milliseconds / 1000)
  }

  verdict({ state, profile = '', revision = '' }: CountedVerdict): void {
    this.#verdicts.inc({ state, profile, revision })
  }

  refusal({ code, enhanced }: Pick<SmtpReply, 'code' | 'enhanced'>): void {
    this.#refusals.inc({ code, status: enhanced })
  }

  connected(listener: string): void {
    this.#sessions.inc({ listener })
    this.#open.inc({ listener })
  }

  disconnected(listener: string): void {
    this.#open.dec({ listener })
  }

  fault(): void {
    this.#faults.inc()
  }

  attempt({
    outcome,
    phase,
    startedAt,
    endedAt,
    tls,
    nextHop,
  }: Pick<AttemptRecord, 'outcome' | 'phase' | 'startedAt' | 'endedAt' | 'tls' | 'nextHop'>): void {
    this.#attempts.inc({ outcome, phase })
    this.#attempting.observe({ outcome }, Math.max(0, endedAt - startedAt) / 1000)
    if (nextHop === '') return
    const certificate = tls === null ? 'none' : tls.authorized === true ? 'valid' : 'unproved'
    this.#outgoingTls.inc({ version: tls?.version ?? 'none', certificate })
  }

  /**
   * All of it in the text format of Prometheus.
   *
   * @param values what is not counted but looked up, at this moment
   */
  async text(values: SnapshotValues): Promise<string> {
    // Not before somebody asks: it has the event loop watched.
    if (!this.#hasProcess) collectDefaultMetrics({ register: this.#registry })
    this.#hasProcess = true
    this.#snapshot.set(values)
    return this.#registry.metrics()
  }

  /** Of the text. */
  get contentType(): string {
    return this.#registry.contentType
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `dkim2_relay_${name}`, help, labelNames, registers: [this.#registry] })
  }
}
