/**
 * A message that was admitted and judged, shown to the content filter before it is stored: refused or deferred in the session, marked,
 * or accepted. Without a verdict in time it is what the settings say.
 */
import type { Admitted } from '../../admit/admit.ts'
import { uncoveredFields } from '../../admit/blind-copies.ts'
import { requestsOf } from '../../dkim2/requests-of-hops.ts'
import type { ContentFilter, FilterVerdict } from '../../filter/content-filter.ts'
import { isSpamField, spamFields } from '../../filter/spam-fields.ts'
import type { Logger } from '../../log/log.ts'
import { fieldValue, lowerAscii } from '../../message/message.ts'
import { printable } from '../../message/printable.ts'
import type { FilterRecord } from '../../record/filter-record.ts'
import { deferredByFilter, filterUnavailable, refusedByFilter } from '../../smtp/replies.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import { outgoingMessage } from '../outgoing.ts'

export interface FilterMessageSettings {
  /** Its name in the configuration. */
  readonly kind: string
  readonly timeoutMilliseconds: number
  /** Larger messages are not shown to it; octets. */
  readonly maxMessageBytes: number
  readonly whenDown: 'defer' | 'accept'
  /** Mail of trusted clients is shown to it too. */
  readonly trustedClients: boolean
}

export interface FilterMessageDependencies {
  readonly settings: FilterMessageSettings
  readonly ask: ContentFilter
  readonly log: Logger
  /** Ends the judgement of the message. */
  readonly ends: AbortSignal
  /** Hears whether there was a verdict, or why there was none. */
  heard(trouble: unknown): void
}

export type Filtered =
  | { readonly kind: 'passed'; readonly admitted: Admitted }
  | { readonly kind: 'refused'; readonly reply: SmtpReply }

/** Never rejects for what the filter does. */
export async function filterMessage(
  admitted: Admitted,
  dependencies: FilterMessageDependencies,
): Promise<Filtered> {
  const { settings } = dependencies
  const { received } = admitted
  if (isExempt(admitted, settings)) return { kind: 'passed', admitted }
  if (received.octets.length > settings.maxMessageBytes) {
    return passed(admitted, { filter: settings.kind, action: 'skipped', symbols: [] })
  }
  const verdict = await verdictOn(admitted, dependencies)
  if (verdict === undefined) return withoutVerdict(admitted, settings)
  const { action, word, score, symbols } = verdict
  if (action === 'accept') return passed(withoutClaims(admitted), recordOf(settings.kind, verdict))
  dependencies.log.info({ filter: settings.kind, action, word, score, symbols }, 'filtered')
  if (action === 'mark') return marked(admitted, verdict, settings.kind)
  const text = verdict.text === undefined ? undefined : printable(verdict.text)
  return { kind: 'refused', reply: action === 'defer' ? deferredByFilter(text) : refusedByFilter(text) }
}

/** A report returns what may well be spam, and comes to an address that nobody can guess. */
function isExempt({ received }: Admitted, { trustedClients }: FilterMessageSettings): boolean {
  return received.roles[0]?.kind === 'bounce' || (received.trusted && !trustedClients)
}

/** undefined: there is none. */
async function verdictOn(
  { received, message, record, prepend, removed }: Admitted,
  { settings, ask, ends, heard }: FilterMessageDependencies,
): Promise<FilterVerdict | undefined> {
  const { queueId, peer, envelope, octets } = received
  const results = prepend.find(field => lowerAscii(field.name) === 'authentication-results')
  const top = Buffer.concat(prepend.map(field => field.octets))
  try {
    const verdict = await ask(
      {
        queueId,
        peer,
        envelope,
        chunks: outgoingMessage({ octets, prepend: top, removed, envelope, message, admission: record })
          .chunks,
        results: results === undefined ? '' : fieldValue(results).replace(/\s+/g, ' ').trim(),
      },
      AbortSignal.any([ends, AbortSignal.timeout(settings.timeoutMilliseconds)]),
    )
    heard(undefined)
    return verdict
  } catch (trouble) {
    heard(trouble)
    return undefined
  }
}

function withoutVerdict(admitted: Admitted, { kind, whenDown }: FilterMessageSettings): Filtered {
  if (whenDown === 'defer') return { kind: 'refused', reply: filterUnavailable }
  return passed(admitted, { filter: kind, action: 'unavailable', symbols: [] })
}

/** Where an earlier hop asked that nothing is modified, what the filter thinks is noted and not written on the message. */
function marked(admitted: Admitted, verdict: FilterVerdict, kind: string): Filtered {
  const isUntouchable = requestsOf(admitted.record).has('donotmodify')
  const record: FilterRecord = { ...recordOf(kind, verdict), isMarked: !isUntouchable }
  if (isUntouchable) return passed(admitted, record)
  const prepend = [...admitted.prepend, ...spamFields(verdict)]
  return passed({ ...withoutClaims(admitted), prepend }, record)
}

/** Leaves out what the sender says that a filter said, unless a DKIM signature covers it or an earlier hop forbids it. */
function withoutClaims(admitted: Admitted): Admitted {
  const { message, removed, record } = admitted
  const claims = message.fields.flatMap((field, index) => (isSpamField(field) ? [index] : []))
  if (claims.length === 0 || requestsOf(record).has('donotmodify')) return admitted
  return { ...admitted, removed: [...removed, ...uncoveredFields(message, claims)] }
}

function recordOf(
  filter: string,
  { action, word, score, requiredScore, symbols }: FilterVerdict,
): FilterRecord {
  return {
    filter,
    action,
    word,
    ...(score !== undefined && { score }),
    ...(requiredScore !== undefined && { requiredScore }),
    symbols,
  }
}

function passed(admitted: Admitted, filter: FilterRecord): Filtered {
  return { kind: 'passed', admitted: { ...admitted, record: { ...admitted.record, filter } } }
}
