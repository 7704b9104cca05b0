/**
 * The second half of forward(): every copy is signed for exactly its own envelope (stage 6), after expansion. Hashes are made
 * once for all copies; what was added on admission is not signed.
 */

import type {
  Revision as DraftRevision,
  Flag,
  PreparedHop,
  PrepareOptions,
  ProfileId,
  Signer,
  SigningObstacle,
  Verdict,
  WireProfile,
} from '../../dkim2/index.ts'
import { mayExtend, prepareHop, SigningError, signHop } from '../../dkim2/index.ts'
import type { BodyForm } from '../../dkim2/message-version.ts'
import { signedAtOnce } from '../../limits.ts'
import { asciiDomainOf, envelopeForm } from '../../message/mailbox.ts'
import type { HeaderField, Message } from '../../message/message.ts'
import { lifeOf } from '../../queue/end-of-life.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import type { HopRecord } from '../../record/signed-hop.ts'
import { withOwnFields } from '../../revise/own-fields.ts'
import { isRevised, type Revision } from '../../revise/revision.ts'
import type { NewDelivery } from '../../store/records.ts'
import type { ReaderFields } from '../brand/reader-fields.ts'
import { CopySignatures } from '../dkim/copy-signatures.ts'
import type { DkimDependencies } from '../dkim/dkim-dependencies.ts'
import type { OwnMessage } from '../own-message.ts'
import { borderRevision } from './border-revision.ts'
import type { Forwarding } from './expand-envelope.ts'

export interface SignDependencies {
  /** The keys of a domain that can sign in a profile. */
  signers(domain: string, profile: WireProfile): readonly Signer[]
  /** Wire profile for messages without DKIM2 that go to a domain; `domain` signs. */
  profileFor(destination: string, domain: string): ProfileId
  /** Revision of the draft for hops of profile message-instance that go to a domain. */
  revisionFor(destination: string): DraftRevision
  readonly nowMilliseconds: number
  readonly firstRetryAt: number
  readonly expiresAt: number
  /** What is different for copies to a domain behind a gateway, which go there in order; undefined: it is behind none. */
  lifeTo?(destination: string): Promise<GatewayLife | undefined>
  /** Of the chain that the message came with; Unix milliseconds. */
  readonly oldestSignatureAt?: number
}

/** How long messages for a gateway are tried, and how long there and back takes. */
export interface GatewayLife {
  readonly lifetimeMilliseconds: number
  readonly roundTripMilliseconds: number
}

/** Copies of one message have some fields that differ between them. */
export interface SignCopiesDependencies extends SignDependencies {
  /** What copies to readers behind own domains get on top. Default: nothing. */
  readonly readerFields?: ReaderFields
}

export interface SignedCopies {
  readonly deliveries: readonly NewDelivery[]
  /** Why copies go out without a hop of ours, each reason once; empty when every copy has one. */
  readonly withoutHop: readonly string[]
}

/** How a hop is written. */
export interface Way {
  readonly profile: ProfileId
  readonly revision: DraftRevision
}

/** @param profile of the chain that is continued; undefined: the message has none */
export function wayTo(
  { forwardPath, domain }: Pick<Forwarding, 'forwardPath' | 'domain'>,
  profile: ProfileId | undefined,
  dependencies: SignDependencies,
): Way {
  const destination = asciiDomainOf(forwardPath)
  return {
    profile: profile ?? dependencies.profileFor(destination, domain),
    revision: dependencies.revisionFor(destination),
  }
}

/** One text for each way. */
export function wayName({ profile, revision }: Way): string {
  return `${profile} ${revision}`
}

/** A hop in the making, or why there is none: `failed` copies cannot go on, `without` ones go on unsigned. */
export type Preparation = { readonly kind: 'prepared'; readonly hop: PreparedHop } | NoHop
type NoHop =
  | { readonly kind: 'without'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }

/**
 * Signs all copies of a message.
 *
 * @param message as received; a chain that it has is continued in its own profile
 * @param signatures of DKIM and ARC of this message
 * @returns deliveries in the order of the forwardings
 */
export async function signCopies(
  message: Message,
  record: Verdict & Pick<AdmissionRecord, 'addHop' | 'brand'>,
  forwardings: readonly Forwarding[],
  dependencies: SignCopiesDependencies,
  signatures: CopySignatures,
): Promise<SignedCopies> {
  const border = borderRevision(message, record)
  const { readerFields } = dependencies
  const prepared = new Map<string, Promise<Preparation>>()
  function preparation(forwarding: Forwarding): Promise<Preparation> | NoHop {
    if (forwarding.withoutHop !== undefined) return { kind: 'without', reason: forwarding.withoutHop }
    const way = wayTo(forwarding, record.profile, dependencies)
    const own = readerFields?.get(forwarding.recipient)
    const name = own === undefined ? wayName(way) : `${wayName(way)} ${forwarding.recipient}`
    const revision = own === undefined ? border : withOwnFields(border, own, message.fields)
    const made = prepared.get(name) ?? prepareAtBorder(message, revision, way, record)
    prepared.set(name, made)
    return made
  }
  const lived = whileReturnable(record, dependencies)
  const copies = forwardings.filter(forwarding => forwarding.failure === undefined).length
  const flags: readonly Flag[] = record.hops.length > 0 && copies > 1 ? ['exploded'] : []
  return inGroups(forwardings, async planned => {
    const unsigned = { planned, preparation: await preparation(planned), flags, signatures }
    return signCopy({ ...unsigned, readerFields: readerFields?.get(planned.recipient) ?? [] }, lived)
  })
}

/**
 * The hop of a message that passed the border. A change that the profile cannot write down must not cost the message: it goes on as a new
 * message where it had no chain, and else without a hop.
 */
async function prepareAtBorder(
  received: Message,
  border: Revision,
  way: Way,
  record: Verdict & Pick<AdmissionRecord, 'addHop'>,
): Promise<Preparation> {
  const extend = mayAddHop(record)
  const { message, recipe, addedFields } = border
  if (!isRevised(border)) return prepare(received, way, extend)
  const preparation = await prepare(message, way, extend, { recipe, addedFields, received })
  if (preparation.kind !== 'failed') return preparation
  if (record.state === 'none') return prepare(message, way, extend)
  return { kind: 'without', reason: `its BIMI fields cannot be undone: ${preparation.reason}` }
}

/** A message that came with a chain is given up while its failure can still be returned: copies in such a dependencies end so early. */
export function whileReturnable(record: Verdict, dependencies: SignDependencies): SignDependencies {
  const signed = record.hops.map(hop => hop.timestampSeconds * 1000)
  const oldest = signed.length === 0 ? undefined : Math.min(...signed)
  const { nowMilliseconds, expiresAt } = dependencies
  const settings = { lifetimeMilliseconds: expiresAt - nowMilliseconds, warnAfterMilliseconds: undefined }
  return {
    ...dependencies,
    expiresAt: lifeOf(nowMilliseconds, oldest, settings).expiresAt,
    ...(oldest !== undefined && { oldestSignatureAt: oldest }),
  }
}

/** When a copy is given up. */
function endOf(life: GatewayLife | undefined, dependencies: SignDependencies): number {
  const { nowMilliseconds, oldestSignatureAt, expiresAt } = dependencies
  if (life === undefined) return expiresAt
  return lifeOf(nowMilliseconds, oldestSignatureAt, { ...life, warnAfterMilliseconds: undefined }).expiresAt
}

/** Signs a few copies at the same time, and lets other messages have their turn between. */
export async function inGroups<T>(
  copies: readonly T[],
  sign: (copy: T) => Promise<SignedCopy>,
): Promise<SignedCopies> {
  const signed: SignedCopy[] = []
  for (let at = 0; at < copies.length; at += signedAtOnce) {
    signed.push(...(await Promise.all(copies.slice(at, at + signedAtOnce).map(sign))))
    if (at + signedAtOnce < copies.length) await new Promise<void>(resolve => setImmediate(resolve))
  }
  return {
    deliveries: signed.map(copy => copy.delivery),
    withoutHop: [...new Set(signed.flatMap(copy => copy.withoutHop ?? []))],
  }
}

/** Whether a message gets a hop of this relay, as far as its admission has a say. */
export function mayAddHop(record: Verdict & Pick<AdmissionRecord, 'addHop'>): boolean {
  return record.addHop && (record.state === 'none' || mayExtend(record))
}

/** A message of our own as a delivery: a new message, signed with i=1 for the one address that it goes to. */
export async function signOwnMessage(
  message: Message,
  own: OwnMessage,
  dependencies: SignDependencies & DkimDependencies,
): Promise<NewDelivery> {
  const { reversePath, to, domain, kind } = own
  const way = wayTo({ forwardPath: to, domain }, own.profile, dependencies)
  const copy: Forwarding = { ordinal: 0, recipient: to, forwardPath: to, reversePath, domain, kind }
  const signatures = new CopySignatures({ message, answersForFrom: true }, dependencies)
  const preparation = await prepare(message, way, true)
  return (await signCopy({ planned: copy, preparation, flags: [], signatures }, dependencies)).delivery
}

/** @param changes what this hop has done to the message, where it has */
export async function prepare(
  message: Message,
  { profile: id, revision }: Way,
  extend: boolean,
  changes: Pick<PrepareOptions, 'recipe' | 'addedFields' | 'received' | 'restored'> = {},
): Promise<Preparation> {
  if (!extend) return { kind: 'without', reason: 'the chain was not fully verified' }
  try {
    return {
      kind: 'prepared',
      hop: await prepareHop(message, { profile: id, revision, alwaysVersion: true, ...changes }),
    }
  } catch (error) {
    return refusal(error)
  }
}

export interface SignedCopy {
  readonly delivery: NewDelivery
  readonly withoutHop?: string
}

/** A copy that is to be signed. */
export interface UnsignedCopy {
  readonly planned: Forwarding
  readonly preparation: Preparation
  readonly flags: readonly Flag[]
  readonly signatures: CopySignatures
  /** Fields that it alone has, at the end of its prefix; default none. */
  readonly ownFields?: readonly HeaderField[]
  /** Below them; neither DKIM nor ARC covers these. Default none. */
  readonly readerFields?: readonly HeaderField[]
}

/** Signed is what goes out: rt= and mf= have the addresses in the form in which RCPT and MAIL say them. */
export async function signCopy(
  { planned, preparation, flags, signatures, ownFields = [], readerFields = [] }: UnsignedCopy,
  dependencies: SignDependencies,
): Promise<SignedCopy> {
  const forwarding = inEnvelopeForm(planned)
  if (forwarding.failure !== undefined)
    return { delivery: await failedCopy(forwarding, forwarding.failure, dependencies) }
  const made =
    preparation.kind === 'prepared'
      ? await signed(forwarding, preparation.hop, flags, dependencies)
      : preparation
  if (made.kind === 'failed') return { delivery: await failedCopy(forwarding, made.reason, dependencies) }
  const { domain, kind } = forwarding
  const timestampSeconds = secondsOf(dependencies)
  const bodyForm = formOf(preparation)
  const { fields, added } = await signatures.of({ domain, kind, bodyForm, timestampSeconds, ownFields })
  const common = { ...(await deliveryOf(forwarding, dependencies)), added }
  const hop = made.kind === 'signed' ? made.fields : []
  const prefix = Buffer.concat([...hop, ...fields, ...ownFields, ...readerFields].map(field => field.octets))
  if (made.kind === 'without') return { delivery: { ...common, prefix }, withoutHop: made.reason }
  return { delivery: { ...common, prefix, hop: made.hop } }
}

/** The form in which the body was hashed for DKIM2 serves DKIM and ARC too. */
function formOf(preparation: Preparation): BodyForm {
  return preparation.kind === 'prepared' ? preparation.hop.profile.bodyForm : 'simple'
}

function secondsOf({ nowMilliseconds }: SignDependencies): number {
  return Math.floor(nowMilliseconds / 1000)
}

function inEnvelopeForm(forwarding: Forwarding): Forwarding {
  const { forwardPath, reversePath } = forwarding
  return { ...forwarding, forwardPath: envelopeForm(forwardPath), reversePath: envelopeForm(reversePath) }
}

interface Signed {
  readonly kind: 'signed'
  readonly fields: readonly HeaderField[]
  readonly hop: HopRecord
}

async function signed(
  forwarding: Forwarding,
  prepared: PreparedHop,
  flags: readonly Flag[],
  dependencies: SignDependencies,
): Promise<Signed | NoHop> {
  try {
    const { fields, ...hop } = await signHop(prepared, {
      domain: forwarding.domain,
      reversePath: forwarding.reversePath,
      forwardPaths: [forwarding.forwardPath],
      timestampSeconds: secondsOf(dependencies),
      signers: dependencies.signers(forwarding.domain, prepared.profile),
      flags,
    })
    return { kind: 'signed', fields, hop }
  } catch (error) {
    return refusal(error)
  }
}

/** What no valid hop can be made of is the message's fault; everything else is ours, and tried again. */
function refusal(error: unknown): NoHop {
  if (!(error instanceof SigningError)) throw error
  if (goesOnUnsigned.has(error.obstacle)) return { kind: 'without', reason: error.message }
  const status = error.obstacle === 'uncarriable address' ? '5.1.3' : '5.6.0'
  return { kind: 'failed', reason: `${status} no hop can be added: ${error.message}` }
}

/**
 * A message without DKIM2 is forwarded as such where its profile does not let this hop answer for its From field: it is no
 * worse than before. Whoever wants it signed all the same rewrites From.
 */
const goesOnUnsigned: ReadonlySet<SigningObstacle> = new Set(['From not authentic', 'chain unreadable'])

async function failedCopy(
  forwarding: Forwarding,
  reason: string,
  dependencies: SignDependencies,
): Promise<NewDelivery> {
  const { lifeTo: _, ...nowhere } = dependencies
  return { ...(await deliveryOf(forwarding, nowhere)), failure: { reason, at: dependencies.nowMilliseconds } }
}

/** The copy before it has a hop. */
export async function deliveryOf(
  forwarding: Forwarding,
  dependencies: SignDependencies,
): Promise<NewDelivery> {
  const destination = asciiDomainOf(forwarding.forwardPath)
  const life = await dependencies.lifeTo?.(destination)
  return {
    ordinal: forwarding.ordinal,
    recipient: forwarding.recipient,
    forwardPath: forwarding.forwardPath,
    reversePath: forwarding.reversePath,
    destination,
    prefix: Buffer.alloc(0),
    hop: null,
    kind: forwarding.kind,
    nextAttemptAt: life === undefined ? dependencies.firstRetryAt : dependencies.nowMilliseconds,
    expiresAt: endOf(life, dependencies),
    inOrder: life !== undefined,
    notification: forwarding.notification ?? null,
    successDsn: forwarding.successDsn ?? 'none',
  }
}
