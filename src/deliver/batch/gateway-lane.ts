/**
 * Messages on their way to one gateway. They are gathered into objects, in the order in which they come here, and one object is
 * posted at a time: what an answer says of each message is its outcome. Without an answer nobody knows what arrived: all of it, and
 * what waited behind it, is deferred to the same moment, so that the order stays; the gateway recognises what it had.
 */
import type { BatchHop } from '../../discover/gateway.ts'
import { hopName } from '../hop-name.ts'
import type { HeldContent, Outcome, OutgoingMail } from '../outcome.ts'
import { type BatchMessage, batchMediaType, batchObject } from './batch-object.ts'
import { nextContact } from './contact-times.ts'
import { outcomesIn } from './object-answer.ts'
import { afterAnswer, afterLoss, afterRefusal, type ObjectSize } from './object-size.ts'
import { type ObjectAnswer, postObject } from './post-object.ts'

export interface LaneSettings {
  /** Name of this relay in EHLO. */
  readonly ehloName: string
  /** Unix time in milliseconds. */
  readonly clock: () => number
  /** PEM certificates that are trusted instead of those that come with Node. */
  readonly authorities?: readonly string[] | undefined
  /** Octets of an answer. */
  readonly maxAnswerOctets: number
}

/** Objects in a row that had no answer. */
export interface GatewayTrouble {
  readonly failures: number
  /** Those of them that the gateway may have got some of. */
  readonly losses: number
  readonly reason: string
  /** Nothing is sent before; Unix milliseconds. */
  readonly until: number
  /** Unix milliseconds. */
  readonly failedAt: number
}

/** What is known of a gateway. */
export interface LaneMemory {
  readonly trouble?: GatewayTrouble | undefined
  /** Absent: as many messages as the settings say. */
  readonly size?: ObjectSize | undefined
}

export interface LaneDependencies extends LaneSettings {
  readonly ends: AbortSignal
  memory(): LaneMemory
  remember(memory: LaneMemory): void
  /** Nothing waits any more. */
  onIdle(): void
}

interface Waiting {
  readonly hop: BatchHop
  readonly mail: OutgoingMail
  readonly resolve: (outcome: Outcome) => void
}

interface Held extends Waiting {
  readonly content: HeldContent
}

/** RFC 9110 section 15.5.14. */
const contentTooLarge = 413

/** What waits then is due at once after the next start, all of it. */
const stops = 'the relay stops'

/** How long everything waits when this machine lacks memory for a message. */
const lackMilliseconds = 10_000

/** Round trips of an exchange over a new connection: TCP, TLS, object and answer, and one to spare. */
const roundTrips = 4

/** Attempts that begin up to this long after an object failed may not have known of it, and wait as those with it. */
const settlingMilliseconds = 1_000

export class GatewayLane {
  readonly #parts: LaneDependencies
  #waiting: Waiting[] = []
  #isPosting = false
  #timer: NodeJS.Timeout | undefined

  constructor(parts: LaneDependencies) {
    this.#parts = parts
  }

  send(hop: BatchHop, mail: OutgoingMail): Promise<Outcome> {
    const { clock, ends } = this.#parts
    if (ends.aborted) return Promise.resolve(deferred(hop, stops, clock()))
    const opensAt = this.#opensAt(hop, mail, clock())
    if (opensAt !== undefined) {
      this.#endIfIdle()
      return Promise.resolve(opensAt)
    }
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.#waiting.push({ hop, mail, resolve })
    // Older ones may still be on their way here, even where an object has become smaller.
    this.#gather(hop, hop.maxMessages)
    return promise
  }

  /** Why nothing is sent now. */
  #opensAt(hop: BatchHop, { begunAt }: OutgoingMail, now: number): Outcome | undefined {
    const { trouble } = this.#parts.memory()
    // Afterwards whoever asks for an attempt gets one.
    if (trouble !== undefined && now < trouble.until) {
      const { failedAt, reason, until } = trouble
      if (now < failedAt + settlingMilliseconds || (begunAt ?? now) <= failedAt)
        return deferred(hop, reason, until)
    }
    const contact = nextContact(now, hop.contacts)
    if (contact === now) return undefined
    if (contact === undefined)
      return deferred(hop, 'its contacts are over: none is left in the configuration')
    return deferred(hop, `no contact before ${new Date(contact).toISOString()}`, contact)
  }

  /** Posts what waits: so many at once, fewer when they have waited for more. */
  #gather(hop: BatchHop, enough: number): void {
    if (this.#isPosting) return
    if (this.#waiting.length >= enough) {
      clearTimeout(this.#timer)
      this.#timer = undefined
      void this.#post()
    } else this.#timer ??= setTimeout(() => void this.#post(), hop.gatherMilliseconds)
  }

  async #post(): Promise<void> {
    this.#timer = undefined
    const [first] = this.#waiting
    if (first === undefined || this.#isPosting) return
    if (this.#parts.ends.aborted) return this.#stop()
    this.#isPosting = true
    const taken = await this.#hold(this.#take(first.hop))
    if (taken.length > 0) this.#settle(taken, await this.#answerTo(taken))
    for (const { content } of taken) content.release()
    this.#isPosting = false
    const [next] = this.#waiting
    if (next !== undefined) this.#gather(next.hop, this.#mostMessages(next.hop))
    this.#endIfIdle()
  }

  /** The first, as many as one object may have. */
  #take(hop: BatchHop): Waiting[] {
    const most = this.#mostMessages(hop)
    let octets = 0
    const end = this.#waiting.findIndex(({ mail }, at) => {
      octets += mail.sizeBytes
      return at >= most || (at > 0 && octets > hop.maxObjectBytes)
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
  }

  #mostMessages({ maxMessages }: BatchHop): number {
    return Math.min(maxMessages, this.#parts.memory().size?.messages ?? maxMessages)
  }

  /** Reads them; what cannot be read now, and all behind it, waits: their order stays. */
  async #hold(taken: readonly Waiting[]): Promise<Held[]> {
    const held: Held[] = []
    for (const one of taken) {
      const content = await one.mail.content.hold()
      if ('unavailable' in content) {
        this.#waiting.unshift(...taken.slice(held.length))
        if (held.length === 0) this.#lack(content.unavailable)
        break
      }
      held.push({ ...one, content })
    }
    return held
  }

  #stop(): void {
    const { clock } = this.#parts
    for (const { hop, resolve } of this.#waiting.splice(0)) resolve(deferred(hop, stops, clock()))
    this.#endIfIdle()
  }

  /** No memory for a single one: all wait for it. */
  #lack(why: string): void {
    const until = this.#parts.clock() + lackMilliseconds
    for (const { hop, resolve } of this.#waiting.splice(0)) resolve(lacking(hop, why, until))
  }

  #answerTo(taken: readonly Held[]): Promise<ObjectAnswer> {
    const { ehloName, authorities, maxAnswerOctets, ends } = this.#parts
    const hop = taken[0]?.hop
    if (hop === undefined) throw new TypeError('an object has a message')
    const { addresses, answerTimeoutSeconds, lightTimeSeconds } = hop
    const messages: BatchMessage[] = taken.map(({ mail, content }) => ({ mail, chunks: content.chunks }))
    const failures = this.#parts.memory().trouble?.failures ?? 0
    return postObject({
      hop,
      address: addresses[failures % addresses.length] ?? '',
      mediaType: batchMediaType(messages),
      octets: batchObject(ehloName, messages),
      timeoutMilliseconds: (answerTimeoutSeconds + 2 * roundTrips * lightTimeSeconds) * 1000,
      maxAnswerOctets,
      ends,
      ...(authorities !== undefined && { authorities }),
    })
  }

  #settle(taken: readonly Held[], answer: ObjectAnswer): void {
    if (answer.kind === 'no-answer') return this.#failed(taken, answer)
    const { status, body, tls } = answer
    // 200: all taken; 207: the replies tell of which; 202 and 204: by processors that report by mail alone.
    const isTaken = [200, 202, 204].includes(status) || (status === 207 && body.length > 0)
    const reason = statusText(status, body)
    if (status === contentTooLarge) return this.#tooLarge(taken, reason)
    if (!isTaken) return this.#failed(taken, { reason, isBegun: false })
    const { memory, remember } = this.#parts
    remember({ size: afterAnswer(memory().size, taken.length) })
    const [first] = taken
    if (first === undefined) return
    const nextHop = hopName(first.hop)
    const outcomes = outcomesIn(body, taken.length, nextHop)
    for (const [at, said] of outcomes.entries()) taken[at]?.resolve({ ...said, nextHop, tls })
  }

  /** They are posted again in smaller objects, at once; one message alone has failed. */
  #tooLarge(taken: readonly Held[], reason: string): void {
    const { memory, remember } = this.#parts
    const [first] = taken
    if (taken.length > 1) {
      remember({ ...memory(), size: afterRefusal(taken.length) })
      this.#waiting.unshift(...taken)
    } else first?.resolve({ ...deferred(first.hop, reason), kind: 'failed', phase: 'body', status: '5.3.4' })
  }

  /** Everything waits until the next try. */
  #failed(
    taken: readonly Held[],
    { reason, isBegun }: { readonly reason: string; readonly isBegun: boolean },
  ): void {
    const { clock, remember, memory, ends } = this.#parts
    const all = [...taken, ...this.#waiting.splice(0)]
    const [first] = taken
    if (first === undefined) return
    if (ends.aborted) {
      this.#waiting.unshift(...all)
      return this.#stop()
    }
    const now = clock()
    const { trouble, size } = memory()
    const failures = (trouble?.failures ?? 0) + 1
    const losses = (trouble?.losses ?? 0) + (isBegun ? 1 : 0)
    const { retrySeconds, contacts } = first.hop
    const wait = retrySeconds[Math.min(failures, retrySeconds.length) - 1] ?? 60
    const until = nextContact(now + wait * 1000, contacts) ?? now + wait * 1000
    remember({
      trouble: { failures, losses, reason, until, failedAt: now },
      size: isBegun ? afterLoss(size, taken.length, losses) : size,
    })
    for (const { hop, resolve } of all) resolve(deferred(hop, reason, until))
  }

  #endIfIdle(): void {
    if (this.#waiting.length === 0 && !this.#isPosting) this.#parts.onIdle()
  }
}

/** @param retryAt when the gateway is tried again, with everything for it */
function deferred(hop: BatchHop, why: string, retryAt?: number): Outcome {
  const nextHop = hopName(hop)
  return {
    kind: 'deferred',
    phase: 'connect',
    status: '4.4.1',
    reason: `${nextHop}: ${why}`,
    nextHop,
    ...(retryAt !== undefined && { retryAt }),
  }
}

function lacking(hop: BatchHop, why: string, retryAt: number): Outcome {
  return { ...deferred(hop, why, retryAt), phase: 'body', status: '4.3.1', isLocalFault: true }
}

/** Characters of an answer that are kept for people. */
const maxSaidCharacters = 200

function statusText(status: number, body: Buffer): string {
  const said = body
    .toString('latin1', 0, maxSaidCharacters)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
  return `the object was answered with HTTP status ${status}${said === '' ? '' : `: ${said}`}`
}
