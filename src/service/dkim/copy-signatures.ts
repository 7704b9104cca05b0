/**
 * What hosts go by that do not know DKIM2: a DKIM-Signature on everything that leaves, and an ARC set on what is forwarded. Both
 * are made once for what the copies of a message share; only a field that one copy alone has costs it a signature of its own.
 * No hash of DKIM2 counts their fields (dkim2/unsigned-fields), and they cover none of DKIM2.
 */
import { type Sealing, sealWithArc } from '../../dkim/arc-seal.ts'
import { type DkimSigning, signWithDkim } from '../../dkim/dkim-signature.ts'
import type { SigningParameters } from '../../dkim/signed-field.ts'
import { domainsInFrom } from '../../message/claimed-domains.ts'
import { type HeaderField, type Message, prependFields } from '../../message/message.ts'
import type { AddedSignatures } from '../../record/added-signatures.ts'
import type { Forwarding } from '../forward/expand-envelope.ts'
import { arrivalResults } from './arrival-results.ts'
import type { DkimDependencies } from './dkim-dependencies.ts'
import { type ArrivedMessage, wouldForge } from './would-forge.ts'

export interface SignedSource {
  /** As all copies have it, without fields of this hop. */
  readonly message: Message
  /** As it came, and the fields that admission put on top; undefined: it was written here. */
  readonly arrived?: ArrivedMessage & { readonly prepend: Buffer }
  /** From is the word of this relay: it wrote the message, or has put its own address there. */
  readonly answersForFrom: boolean
}

export interface CopySignatureFields {
  /** To be put right below the fields of the hop. */
  readonly fields: readonly HeaderField[]
  readonly added: AddedSignatures
}

/** What differs between copies. */
export interface SignedCopyParts extends Omit<SigningParameters, 'domain'> {
  /** That it goes out from. */
  readonly domain: string
  readonly kind: Forwarding['kind']
  /** That it alone has, on top of the others. */
  readonly ownFields: readonly HeaderField[]
}

type Made<T> = Map<string, Promise<T>>

/** Signs the copies of one message. */
export class CopySignatures {
  readonly #source: SignedSource
  readonly #dependencies: DkimDependencies
  readonly #signed: Made<DkimSigning> = new Map()
  readonly #sealed: Made<Sealing> = new Map()
  /** Why a domain does not sign with DKIM; undefined: it does. */
  readonly #obstacles = new Map<string, string | undefined>()

  constructor(source: SignedSource, dependencies: DkimDependencies) {
    this.#source = source
    this.#dependencies = dependencies
  }

  /** @throws KeyError; what a signer rejects with */
  async of(copy: SignedCopyParts): Promise<CopySignatureFields> {
    const domain = this.#dkimDomain(copy)
    const dkim = this.#isToSign(copy, domain) ? this.#sign(copy, domain) : undefined
    // A seal covers what is signed before, unless that is another signature on each copy.
    const before = copy.ownFields.length === 0 ? await dkim : undefined
    const arc = this.#isToSeal(copy) ? this.#seal(copy, before) : undefined
    return together(await dkim, domain, await arc, copy.domain)
  }

  #isToSign({ kind }: SignedCopyParts, domain: string): boolean {
    const setting = this.#dependencies.dkimOf(domain)
    return setting === 'always' || (setting === 'not-forwards' && kind !== 'alias')
  }

  #isToSeal({ kind, domain }: SignedCopyParts): boolean {
    const isForwarded = kind === 'alias' || kind === 'list'
    return isForwarded && this.#source.arrived !== undefined && this.#dependencies.seals(domain)
  }

  /** Mail of our own clients is signed for its From where that is ours, as that is what is compared (RFC 9989 section 4.4). */
  #dkimDomain({ kind, domain }: SignedCopyParts): string {
    if (kind !== 'originate') return domain
    const [from = '', another] = domainsInFrom(this.#source.message.fields)
    return (another === undefined ? this.#dependencies.ownDomainOf(from) : undefined) ?? domain
  }

  #sign(copy: SignedCopyParts, domain: string): Promise<DkimSigning> {
    const { message } = this.#source
    const reason = this.#whyNotSigned(domain)
    if (reason !== undefined) return Promise.resolve({ kind: 'not signed', reason })
    const { bodyForm, ownFields } = copy
    const sign = (one: Message) =>
      signWithDkim(one, this.#dependencies.dkimSigners(domain), { ...copy, domain })
    if (ownFields.length > 0) return sign(prependFields(message, ownFields))
    return once(this.#signed, `${domain} ${bodyForm}`, () => sign(message))
  }

  #seal(copy: SignedCopyParts, before: DkimSigning | undefined): Promise<Sealing> {
    const { domain, bodyForm } = copy
    const reason = this.#whyNot(domain)
    if (reason !== undefined) return Promise.resolve({ kind: 'not sealed', reason })
    const signed = before?.kind === 'signed' ? before.fields : []
    return once(this.#sealed, `${domain} ${bodyForm} ${signed.length}`, () => {
      const { message, arrived } = this.#source
      const { authservId } = this.#dependencies
      const { text, status = 'none' } = arrivalResults(arrived?.prepend ?? Buffer.alloc(0), authservId)
      const parameters = { ...copy, results: text, status }
      return sealWithArc(prependFields(message, signed), this.#dependencies.dkimSigners(domain), parameters)
    })
  }

  #whyNotSigned(domain: string): string | undefined {
    if (!this.#obstacles.has(domain))
      this.#obstacles.set(domain, this.#whyNot(domain) ?? this.#forgery(domain))
    return this.#obstacles.get(domain)
  }

  #forgery(domain: string): string | undefined {
    const { arrived, answersForFrom } = this.#source
    const isForgery = !answersForFrom && arrived !== undefined && wouldForge(domain, arrived)
    return isForgery ? `nobody vouches for its From, and ${domain} would` : undefined
  }

  #whyNot(domain: string): string | undefined {
    if (!this.#dependencies.isOwnDomain(domain)) return `${domain} is not a domain of this relay`
    if (this.#dependencies.isPublicSuffix(domain)) return `${domain} is a public suffix`
    return undefined
  }
}

function once<T>(made: Made<T>, key: string, make: () => Promise<T>): Promise<T> {
  const known = made.get(key)
  if (known !== undefined) return known
  const fresh = make()
  made.set(key, fresh)
  return fresh
}

function together(
  dkim: DkimSigning | undefined,
  dkimDomain: string,
  arc: Sealing | undefined,
  arcDomain: string,
): CopySignatureFields {
  const missing = [
    ...(dkim?.kind === 'not signed' ? [`DKIM-Signature: ${dkim.reason}`] : []),
    ...(arc?.kind === 'not sealed' ? [`ARC set: ${arc.reason}`] : []),
  ]
  const added: AddedSignatures = {
    ...(dkim?.kind === 'signed' && { dkim: { domain: dkimDomain, selectors: dkim.selectors } }),
    ...(arc?.kind === 'sealed' && {
      arc: { instance: arc.instance, status: arc.status, domain: arcDomain, selector: arc.selector },
    }),
    ...(missing.length > 0 && { missing }),
  }
  const sealFields = arc?.kind === 'sealed' ? arc.fields : []
  const dkimFields = dkim?.kind === 'signed' ? dkim.fields : []
  return { fields: [...sealFields, ...dkimFields], added }
}
