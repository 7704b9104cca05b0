/** A message on its way back: the hops of this relay, for the one address that it goes to. */
import type { PreparedHop, ProfileId, Revision, SignedHop, Signer, WireProfile } from '../dkim2/index.ts'
import { addHop, prepareHop, SigningError, signHop } from '../dkim2/index.ts'
import type { Message } from '../message/message.ts'
import type { Reflector } from '../record/reflection-record.ts'
import { afterSigning, type Changes, reflectedMessage } from './reflected-message.ts'
import { revisionOf } from './reflectors.ts'

export interface ReflectingHop {
  /** Address of the reflector; its domain signs. */
  readonly address: string
  /** Lower case, A-labels. */
  readonly domain: string
  /** MAIL FROM of what comes back: in that domain. */
  readonly reversePath: string
  /** Who gets it. */
  readonly forwardPath: string
  /** For a message without DKIM2. */
  readonly profile: ProfileId
  readonly revision: Revision
  readonly timestampSeconds: number
  signers(profile: WireProfile): readonly Signer[]
}

export type SignedReflection =
  | {
      readonly kind: 'signed'
      /** Ascending by i: one, or for `nd` two. */
      readonly hops: readonly SignedHop[]
      /** What goes out below the fields of these hops. */
      readonly content: Message
      /** Names of the header fields that the recipe gives back, and whether the body was changed. */
      readonly changed: { readonly headers: readonly string[]; readonly body: boolean }
    }
  /** No hop can be made of it, so nothing comes back. */
  | { readonly kind: 'impossible'; readonly reason: string }

/**
 * Signs what a reflector of messages makes of a message.
 *
 * @param received without what admission leaves out; its chain was verified
 * @throws what a signer rejects with
 */
export async function signReflection(
  received: Message,
  reflector: Reflector,
  asked: ReflectingHop,
): Promise<SignedReflection> {
  const hop = { ...asked, revision: revisionOf(reflector, asked.revision) }
  const { message, changes } = reflectedMessage(received, reflector, hop.address)
  try {
    const imaginary = reflector === 'nd' ? [await imaginaryHop(message, hop)] : []
    const handedOver = imaginary.reduce(addHop, message)
    const sent = await sentHop(handedOver, changes, hop)
    const { recipe } = changes
    return {
      kind: 'signed',
      hops: [...imaginary, sent],
      content: afterSigning(message, reflector),
      changed: { headers: recipe?.headers.map(({ name }) => name) ?? [], body: recipe?.body !== undefined },
    }
  } catch (error) {
    if (!(error instanceof SigningError)) throw error
    return { kind: 'impossible', reason: `${error.obstacle}: ${error.message}` }
  }
}

/** From this relay to itself, without SMTP. */
async function imaginaryHop(message: Message, hop: ReflectingHop): Promise<SignedHop> {
  const prepared = await prepare(message, {}, hop)
  return signHop(prepared, {
    ...signing(prepared, hop),
    reversePath: '',
    forwardPaths: [],
    nextDomain: hop.domain,
  })
}

async function sentHop(message: Message, changes: Changes, hop: ReflectingHop): Promise<SignedHop> {
  const prepared = await prepare(message, changes, hop)
  const { reversePath, forwardPath } = hop
  return signHop(prepared, { ...signing(prepared, hop), reversePath, forwardPaths: [forwardPath] })
}

function prepare(
  message: Message,
  changes: Changes,
  { profile, revision }: ReflectingHop,
): Promise<PreparedHop> {
  return prepareHop(message, { profile, revision, alwaysVersion: true, ...changes })
}

function signing({ profile }: PreparedHop, { domain, timestampSeconds, signers }: ReflectingHop) {
  return { domain, timestampSeconds, signers: signers(profile) }
}
