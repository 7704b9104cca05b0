/** A header field that holds its own signature in b=. RFC 6376 section 3.7: what is signed ends with the field itself, b= empty. */
import { relaxedField } from '../dkim2/canonicalize.ts'
import { base64Tag, type FoldableTag, foldedField, plainTag } from '../dkim2/folding.ts'
import type { BodyForm } from '../dkim2/message-version.ts'
import type { Signer } from '../dkim2/signer.ts'
import { type HeaderField, lowerAscii } from '../message/message.ts'

/** Who signs, when, and in which forms. */
export interface SigningParameters {
  /** d=, lower case, A-labels. */
  readonly domain: string
  /** t=, Unix seconds. */
  readonly timestampSeconds: number
  /** Canonical form of the body; that of the header fields is always relaxed. */
  readonly bodyForm: BodyForm
}

/**
 * Signs `before` and the field itself.
 *
 * @param before canonical form of what stands before the field in the input, latin1
 * @param tags in the order of the field; b= follows them
 */
export async function signedField(
  name: string,
  tags: readonly FoldableTag[],
  before: string,
  signer: Signer,
): Promise<HeaderField> {
  const unsigned = foldedField(name, [...tags, plainTag('b', '')])
  const own = relaxedField(lowerAscii(name), unsigned).slice(0, -2)
  const input = Buffer.from(before + own, 'latin1')
  // A message needs three of these beside its hop, one after the other.
  const value = signer.signAtOnce?.(input) ?? (await signer.sign(input))
  return foldedField(name, [...tags, base64Tag('b', value)])
}

/** h=, which may be folded after each colon. */
export function namesTag(names: readonly string[]): FoldableTag {
  return { name: 'h', pieces: names.map((name, at) => (at === names.length - 1 ? name : `${name}:`)) }
}
