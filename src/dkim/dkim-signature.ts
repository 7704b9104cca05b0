/** DKIM-Signature (RFC 6376 sections 3.5 and 5, RFC 8463), for hosts that know nothing newer. */
import { base64Tag, plainTag } from '../dkim2/folding.ts'
import { MessageVersion } from '../dkim2/message-version.ts'
import type { Signer } from '../dkim2/signer.ts'
import type { HeaderField, Message } from '../message/message.ts'
import { coveredFields } from './covered-fields.ts'
import { namesTag, type SigningParameters, signedField } from './signed-field.ts'

/** Algorithms that DKIM knows (RFC 6376 section 3.3, RFC 8301, RFC 8463). */
const algorithms: readonly Signer['algorithm'][] = ['ed25519-sha256', 'rsa-sha256']

export type DkimSigning =
  | {
      readonly kind: 'signed'
      readonly fields: readonly HeaderField[]
      readonly selectors: readonly string[]
    }
  | { readonly kind: 'not signed'; readonly reason: string }

/** Of the keys of a domain those that sign: one of each algorithm that DKIM knows, as one who verifies needs one only. */
export function dkimSigners(signers: readonly Signer[]): readonly Signer[] {
  return algorithms.flatMap(algorithm => signers.find(signer => signer.algorithm === algorithm) ?? [])
}

/**
 * A DKIM-Signature for each algorithm that the domain has a key of (RFC 8463 section 3).
 *
 * @param message as it goes out, apart from fields that the signature does not cover
 * @returns fields to be put on top
 */
export async function signWithDkim(
  message: Message,
  signers: readonly Signer[],
  parameters: SigningParameters,
): Promise<DkimSigning> {
  const able = dkimSigners(signers)
  if (able.length === 0) return notSigned(`${parameters.domain} has no RSA or Ed25519 key that signs`)
  const covered = coveredFields(message.fields)
  if (covered === undefined) return notSigned('it has too many header fields that a signature must name')
  const { domain, timestampSeconds, bodyForm } = parameters
  const bodyHash = new MessageVersion(0, message).bodyHash(bodyForm, 'sha256')
  const fields = able.map(signer => {
    const tags = [
      plainTag('v', '1'),
      plainTag('a', signer.algorithm),
      plainTag('c', `relaxed/${bodyForm}`),
      plainTag('d', domain),
      plainTag('s', signer.selector),
      plainTag('t', String(timestampSeconds)),
      namesTag(covered.names),
      base64Tag('bh', bodyHash),
    ]
    return signedField('DKIM-Signature', tags, covered.form, signer)
  })
  return {
    kind: 'signed',
    fields: await Promise.all(fields),
    selectors: able.map(({ selector }) => selector),
  }
}

function notSigned(reason: string): DkimSigning {
  return { kind: 'not signed', reason }
}
