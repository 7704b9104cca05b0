/**
 * ARC sealing: RFC 8617 section 5.1. A set says what this relay found when the message came (ARC-Authentication-Results), what
 * the message looks like as it leaves (ARC-Message-Signature), and holds the sets so far together (ARC-Seal).
 */
import { relaxedField } from '../dkim2/canonicalize.ts'
import { base64Tag, plainTag } from '../dkim2/folding.ts'
import { MessageVersion } from '../dkim2/message-version.ts'
import type { Signer } from '../dkim2/signer.ts'
import { type HeaderField, lowerAscii, type Message, newField } from '../message/message.ts'
import { type ArcChain, type ArcSet, maxArcInstances, readArcChain } from './arc-chain.ts'
import { coveredFields } from './covered-fields.ts'
import { namesTag, type SigningParameters, signedField } from './signed-field.ts'

/** cv=: what came of the validation of the chain that a message arrived with (RFC 8617 section 4.4). */
export type ChainStatus = 'none' | 'pass' | 'fail'

export interface SealParameters extends SigningParameters {
  /** `none` where there was no chain, and where nobody has validated the one that is there: such a chain is left alone. */
  readonly status: ChainStatus
  /** The value of the Authentication-Results field that this relay wrote when the message came; latin1, may be folded. */
  readonly results: string
}

export type Sealing =
  | {
      readonly kind: 'sealed'
      /** To be put on top, the first one topmost. */
      readonly fields: readonly [seal: HeaderField, messageSignature: HeaderField, results: HeaderField]
      readonly instance: number
      readonly status: ChainStatus
      readonly selector: string
    }
  | { readonly kind: 'not sealed'; readonly reason: string }

/**
 * Adds a set to the chain of a message, or begins one.
 *
 * A set has one signature algorithm: RSA where there is such a key, as not all who validate chains know another. Ed25519 begins
 * chains and goes on with those that have it already; a chain that everybody can read is not made unreadable for some.
 *
 * @param message as it goes out, apart from fields that no seal covers
 * @param signers of the domain
 */
export async function sealWithArc(
  message: Message,
  signers: readonly Signer[],
  parameters: SealParameters,
): Promise<Sealing> {
  const chain = readArcChain(message.fields)
  const obstacle = whyNotSealed(chain, parameters.status)
  if (obstacle !== undefined) return { kind: 'not sealed', reason: obstacle }
  const signer = sealer(signers, chain)
  if (signer === undefined) {
    const reason = `${parameters.domain} has no RSA key, and not everybody can validate another one`
    return { kind: 'not sealed', reason }
  }
  const instance = chain.highest + 1
  const results = newField('ARC-Authentication-Results', `i=${instance}; ${parameters.results}`)
  const messageSignature = await signMessage(message, instance, signer, parameters)
  if (messageSignature === undefined) {
    return { kind: 'not sealed', reason: 'it has too many header fields that a signature must name' }
  }
  // A failed chain is not vouched for: its last seal covers its own set alone (section 5.1.2).
  const earlier = parameters.status === 'pass' ? (chain.sets ?? []) : []
  const seal = await sealSets(earlier, { results, messageSignature }, instance, signer, parameters)
  const { status } = parameters
  return {
    kind: 'sealed',
    fields: [seal, messageSignature, results],
    instance,
    status,
    selector: signer.selector,
  }
}

function whyNotSealed({ highest, sets, hasEnded }: ArcChain, status: ChainStatus): string | undefined {
  if (hasEnded) return 'its newest seal says that the chain had failed before'
  if (highest >= maxArcInstances) return `its chain has ${highest} sets, and ${maxArcInstances} are the most`
  const isBegun = highest > 0 || sets === undefined
  if (status === 'none') return isBegun ? 'it has a chain that was not validated when it came' : undefined
  if (status === 'fail') return highest > 0 ? undefined : 'its chain cannot be read'
  return sets === undefined || highest === 0 ? 'its chain is not as it was when it came' : undefined
}

function sealer(signers: readonly Signer[], { highest, algorithms }: ArcChain): Signer | undefined {
  const rsa = signers.find(({ algorithm }) => algorithm === 'rsa-sha256')
  if (rsa !== undefined) return rsa
  const mayUse = highest === 0 || algorithms.has('ed25519-sha256')
  return mayUse ? signers.find(({ algorithm }) => algorithm === 'ed25519-sha256') : undefined
}

/** Section 4.1.2: as a DKIM-Signature, which it covers too; neither Authentication-Results nor ARC fields. */
async function signMessage(
  message: Message,
  instance: number,
  signer: Signer,
  { domain, timestampSeconds, bodyForm }: SigningParameters,
): Promise<HeaderField | undefined> {
  const covered = coveredFields(message.fields, ['dkim-signature'])
  if (covered === undefined) return undefined
  const tags = [
    plainTag('i', String(instance)),
    plainTag('a', signer.algorithm),
    plainTag('c', `relaxed/${bodyForm}`),
    plainTag('d', domain),
    plainTag('s', signer.selector),
    plainTag('t', String(timestampSeconds)),
    namesTag(covered.names),
    base64Tag('bh', new MessageVersion(0, message).bodyHash(bodyForm, 'sha256')),
  ]
  return signedField('ARC-Message-Signature', tags, covered.form, signer)
}

/** Section 5.1.1: all sets in ascending order, of each results, message signature and seal; this seal last, without b=. */
function sealSets(
  earlier: readonly ArcSet[],
  own: Omit<ArcSet, 'seal'>,
  instance: number,
  signer: Signer,
  { domain, timestampSeconds, status }: SealParameters,
): Promise<HeaderField> {
  const covered = [
    ...earlier.flatMap(({ results, messageSignature, seal }) => [results, messageSignature, seal]),
    own.results,
    own.messageSignature,
  ]
  const form = covered.map(field => relaxedField(lowerAscii(field.name), field)).join('')
  const tags = [
    plainTag('i', String(instance)),
    plainTag('a', signer.algorithm),
    plainTag('t', String(timestampSeconds)),
    plainTag('cv', status),
    plainTag('d', domain),
    plainTag('s', signer.selector),
  ]
  return signedField('ARC-Seal', tags, form, signer)
}
