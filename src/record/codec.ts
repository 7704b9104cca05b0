/**
 * Records as the JSON text that the store keeps, and back. What comes back is checked as far as this relay reads it: all versions
 * wrote these members, and what a later version has added beside them is kept.
 *
 * Every function that reads takes the queue id of the message for the words of its error.
 */
import type { Notification } from '../smtp/dsn-parameters.ts'
import type { Envelope } from '../smtp/envelope.ts'
import type { AddedSignatures } from './added-signatures.ts'
import type { AdmissionRecord } from './admission-record.ts'
import type { ChoiceRecord, RecordedReply, TlsRecord } from './attempt-facts.ts'
import type { BounceRecord, DeliveryName } from './bounce-record.ts'
import type { CommandRecord } from './command-record.ts'
import type { BounceNext, CommandNext, MessageKind, MessageRecord, ReflectionNext } from './message-record.ts'
import type { Peer } from './peer.ts'
import type { ReflectionRecord } from './reflection-record.ts'
import { reflectors } from './reflection-record.ts'
import { parseShort, stringifyShort } from './short-names.ts'
import type { HopRecord } from './signed-hop.ts'

/** A record as two columns: its kind, and the rest as JSON; null: there is nothing more to say. */
export interface RecordColumns {
  readonly direction: MessageKind
  readonly verdict: string | null
}

type Members = Readonly<Record<string, unknown>>

export function encodeRecord(record: MessageRecord): RecordColumns {
  const { kind, admission } = record
  const rest = 'next' in record ? membersOf(record.next) : {}
  return { direction: kind, verdict: admission && stringifyShort({ ...admission, ...rest }) }
}

function membersOf(next: BounceNext | CommandNext | ReflectionNext): object {
  if (next.do === 'pass-on') return { bounce: next.bounce }
  if (next.do === 'obey') return { command: next.command }
  if (next.do === 'reflect') return { reflection: next.reflection }
  return next.do === 'park' ? { parked: next.reason, about: next.about } : { parked: next.reason }
}

/** @throws Error naming the message */
export function decodeRecord(queueId: string, { direction: kind, verdict }: RecordColumns): MessageRecord {
  if (verdict === null && (kind === 'dsn' || kind === 'notice')) return { kind, admission: null }
  const stored = parsed(verdict)
  if (!isAdmission(stored)) throw unreadable(queueId, 'verdict')
  const { bounce, command, reflection, parked, about, ...admission } = stored
  if (kind === 'bounce') return { kind, admission, next: bounceNext(queueId, { bounce, parked, about }) }
  if (kind === 'command') return { kind, admission, next: commandNext(queueId, { command, parked }) }
  if (kind === 'reflection') return { kind, admission, next: reflectionNext(queueId, { reflection, parked }) }
  return { kind, admission }
}

function bounceNext(queueId: string, { bounce, parked, about }: Members): BounceNext {
  if (isBounce(bounce)) return { do: 'pass-on', bounce }
  if (bounce !== undefined) throw unreadable(queueId, 'judgement as a bounce')
  return { do: 'park', reason: text(parked), about: isDeliveryName(about) ? about : undefined }
}

function commandNext(queueId: string, { command, parked }: Members): CommandNext {
  if (isCommand(command)) return { do: 'obey', command }
  if (command !== undefined) throw unreadable(queueId, 'command')
  return { do: 'ignore', reason: text(parked) }
}

function reflectionNext(queueId: string, { reflection, parked }: Members): ReflectionNext {
  if (isReflection(reflection)) return { do: 'reflect', reflection }
  if (reflection !== undefined) throw unreadable(queueId, 'reflection')
  return { do: 'ignore', reason: text(parked) }
}

export function encodeEnvelope(envelope: Envelope): string {
  return stringifyShort(envelope)
}

/** @throws Error naming the message */
export function decodeEnvelope(queueId: string, json: string): Envelope {
  const stored = parsed(json)
  if (isEnvelope(stored)) return stored
  throw unreadable(queueId, 'envelope')
}

export function encodePeer(peer: Peer | null): string | null {
  return peer && stringifyShort(peer)
}

/** @throws Error naming the message */
export function decodePeer(queueId: string, json: string | null): Peer | null {
  return optional(queueId, 'client', json, isPeer)
}

/** @param added what DKIM and ARC added beside the hop, with it or without */
export function encodeHop(hop: HopRecord | null, added: AddedSignatures | null = null): string | null {
  return hop === null && added === null ? null : stringifyShort({ ...hop, ...(added && { added }) })
}

/** @throws Error naming the message */
export function decodeHop(queueId: string, json: string | null): HopRecord | null {
  const stored = optional(queueId, 'signed hop', json, isSigned)
  if (stored === null || !('sequence' in stored)) return null
  const { added: _, ...hop } = stored
  return hop
}

/** @throws Error naming the message */
export function decodeAdded(queueId: string, json: string | null): AddedSignatures | null {
  const stored = optional(queueId, 'signed hop', json, isSigned)
  return stored?.added ?? null
}

export function encodeNotification(notification: Notification | null): string | null {
  return notification && JSON.stringify(notification)
}

/** @throws Error naming the message */
export function decodeNotification(queueId: string, json: string | null): Notification | null {
  return optional(queueId, 'request for reports', json, isNotification)
}

/** As JSON; null stays null. */
export function encodeFacts(facts: TlsRecord | ChoiceRecord | RecordedReply | null): string | null {
  return facts && JSON.stringify(facts)
}

/** A member that cannot be read is left out: the hop log is worth reading without it. */
export function decodeTls(json: string | null): TlsRecord | null {
  const stored = parsed(json)
  if (!isMembers(stored)) return null
  const { authorized } = stored
  return {
    ...textsOf(stored, ['version', 'cipher', 'certificate', 'certificateError']),
    ...(typeof authorized === 'boolean' && { authorized }),
  }
}

/** As `decodeTls`. */
export function decodeChoice(json: string | null): ChoiceRecord | null {
  const stored = parsed(json)
  if (!isMembers(stored)) return null
  const { before } = stored
  return { ...textsOf(stored, ['why', 'tls', 'policy']), ...(isTexts(before) && { before }) }
}

/** null also for what is no reply. */
export function decodeReply(json: string | null): RecordedReply | null {
  const stored = parsed(json)
  if (!isMembers(stored) || typeof stored.code !== 'number') return null
  return { code: stored.code, enhanced: text(stored.enhanced) ?? '', text: text(stored.text) ?? '' }
}

function textsOf<Name extends string>(
  stored: Members,
  names: readonly Name[],
): { readonly [N in Name]?: string } {
  const found: { [N in Name]?: string } = {}
  for (const name of names) {
    const value = text(stored[name])
    if (value !== undefined) found[name] = value
  }
  return found
}

function optional<T>(
  queueId: string,
  what: string,
  json: string | null,
  isReadable: (value: unknown) => value is T,
): T | null {
  if (json === null) return null
  const stored = parsed(json)
  if (isReadable(stored)) return stored
  throw unreadable(queueId, what)
}

function unreadable(queueId: string, what: string): Error {
  return new Error(`message ${queueId}: the ${what} in the database cannot be read`)
}

/** undefined: it is no JSON. */
function parsed(json: string | null): unknown {
  if (json === null) return undefined
  try {
    return parseShort(json)
  } catch {
    return undefined
  }
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(one => typeof one === 'string')
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

const states: ReadonlySet<unknown> = new Set(['pass', 'fail', 'permerror', 'temperror', 'none'])

function isAdmission(value: unknown): value is AdmissionRecord & Members {
  return isMembers(value) && states.has(value.state) && Array.isArray(value.hops)
}

function isDeliveryName(value: unknown): value is DeliveryName {
  return isMembers(value) && typeof value.queueId === 'string' && typeof value.ordinal === 'number'
}

const judgements: ReadonlySet<unknown> = new Set(['authentic', 'unauthenticated', 'unread'])

function isBounce(value: unknown): value is BounceRecord {
  return isMembers(value) && judgements.has(value.judgement) && isDeliveryName(value)
}

function isCommand(value: unknown): value is CommandRecord {
  if (!isMembers(value) || typeof value.listId !== 'number') return false
  if (value.do === 'request') return typeof value.isVouched === 'boolean'
  if (value.do === 'confirm') return typeof value.requestId === 'number'
  return value.do === 'decide' && typeof value.id === 'number' && typeof value.isYes === 'boolean'
}

const reflectorNames: ReadonlySet<unknown> = new Set(reflectors)

function isReflection(value: unknown): value is ReflectionRecord {
  return isMembers(value) && reflectorNames.has(value.reflector) && typeof value.vouchedBy === 'string'
}

function isEnvelope(value: unknown): value is Envelope {
  return isMembers(value) && typeof value.reversePath === 'string' && isTexts(value.forwardPaths)
}

function isPeer(value: unknown): value is Peer {
  return isMembers(value) && typeof value.address === 'string'
}

function isHop(value: unknown): value is HopRecord {
  if (!isMembers(value)) return false
  const { sequence, domain, timestampSeconds, selectors, profile } = value
  return (
    typeof sequence === 'number' &&
    typeof domain === 'string' &&
    typeof timestampSeconds === 'number' &&
    typeof profile === 'string' &&
    isTexts(selectors)
  )
}

type Signed = (HopRecord & { readonly added?: AddedSignatures }) | { readonly added: AddedSignatures }

/** A hop, what was added beside it, or both. */
function isSigned(value: unknown): value is Signed {
  if (!isMembers(value)) return false
  const { sequence, added } = value
  const isAlone = sequence === undefined && added !== undefined
  return (isAlone || isHop(value)) && (added === undefined || isAdded(added))
}

function isAdded(value: unknown): value is AddedSignatures {
  if (!isMembers(value)) return false
  const { dkim, arc, missing } = value
  return (
    (dkim === undefined || (isMembers(dkim) && typeof dkim.domain === 'string' && isTexts(dkim.selectors))) &&
    (arc === undefined || (isMembers(arc) && typeof arc.instance === 'number')) &&
    (missing === undefined || isTexts(missing))
  )
}

function isNotification(value: unknown): value is Notification {
  return isMembers(value) && (value.notify === undefined || isTexts(value.notify))
}
