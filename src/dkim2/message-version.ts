/** A message as it stood at one version, with the hashes of that state, each computed once. */

import { hash } from 'node:crypto'
import type { Message } from '../message/message.ts'
import {
  decodedContent,
  type LeafPart,
  leafParts,
  type MimeBounds,
  mimeHeaderOf,
} from '../message/mime-parts.ts'
import { remembered } from '../message/remembered.ts'
import { type BodyDigests, type BodyForm, digestsOf, type HashAlgorithm } from './body-digests.ts'
import { headerForm } from './canonicalize.ts'
import type { PartHash } from './model.ts'
import { isUnsigned, type UnsignedFields } from './unsigned-fields.ts'

export type { BodyForm, HashAlgorithm } from './body-digests.ts'

/** What versions with the same body have in common. */
interface BodyHashes {
  readonly whole: Map<string, Buffer>
  readonly digests: BodyDigests
  /** By the MIME header that says how the body is taken apart. */
  readonly parts: Map<string, Promise<readonly PartHash[] | undefined>>
}

/** The canonical form of the signed header fields, and its hashes, by algorithm. */
interface HeaderHashes {
  readonly form: Buffer
  readonly hashes: Map<string, Buffer>
}

/**
 * Hashes live as long as the octets they were made of: a message that was verified a moment ago is signed without hashing
 * it again, and versions that share a body or a header section share its hashes.
 */
const bodyHashes = new WeakMap<Buffer, BodyHashes>()
const headerHashes = new WeakMap<Message['fields'], Map<UnsignedFields, HeaderHashes>>()

export class MessageVersion {
  /** The version's number; 0: as it was before the first version was written. */
  readonly number: number
  readonly message: Message
  readonly #body: BodyHashes
  /** By what is left out. */
  readonly #header: Map<UnsignedFields, HeaderHashes>

  /** @param later a version whose body may begin with the same octets: these are hashed once */
  constructor(number: number, message: Message, later?: MessageVersion) {
    this.number = number
    this.message = message
    const { body } = message
    this.#body = remembered(bodyHashes, body, () => ({
      whole: new Map(),
      parts: new Map(),
      digests: digestsOf(body, later?.message.body),
    }))
    this.#header = remembered(headerHashes, message.fields, () => new Map())
  }

  /** The signed header fields in canonical form. */
  get headerForm(): Buffer {
    return this.#headerOf(isUnsigned).form
  }

  /** Hash of the signed header fields in canonical form. */
  headerHash(unsigned: UnsignedFields, algorithm: HashAlgorithm): Buffer {
    const { form, hashes } = this.#headerOf(unsigned)
    const value = hashes.get(algorithm) ?? hash(algorithm, form, 'buffer')
    hashes.set(algorithm, value)
    return value
  }

  #headerOf(unsigned: UnsignedFields): HeaderHashes {
    const known = this.#header.get(unsigned)
    if (known) return known
    const made = { form: Buffer.from(headerForm(this.message.fields, unsigned), 'latin1'), hashes: new Map() }
    this.#header.set(unsigned, made)
    return made
  }

  bodyHash(form: BodyForm, algorithm: HashAlgorithm): Buffer {
    const key = `${form} ${algorithm}`
    const known = this.#body.whole.get(key)
    if (known) return known
    const value = this.#body.digests.canonical(this.message.body, form, algorithm)
    this.#body.whole.set(key, value)
    return value
  }

  /**
   * SHA-256 of each leaf part's content after its transfer encoding is removed, in the order of the message.
   *
   * @returns undefined where the message exceeds the bounds; those of the first call count
   */
  partHashes(bounds: MimeBounds): Promise<readonly PartHash[] | undefined> {
    const key = JSON.stringify(mimeHeaderOf(this.message))
    const known = this.#body.parts.get(key)
    if (known) return known
    const hashes = hashParts(this.message, this.#body.digests, bounds)
    this.#body.parts.set(key, hashes)
    return hashes
  }
}

async function hashParts(
  message: Message,
  digests: BodyDigests,
  bounds: MimeBounds,
): Promise<readonly PartHash[] | undefined> {
  const parts = await leafParts(message, bounds)
  return parts?.map(part => ({ number: part.number, value: hashPart(part, message.body, digests) }))
}

function hashPart(part: LeafPart, body: Buffer, digests: BodyDigests): Buffer {
  const start = part.octets.byteOffset - body.byteOffset
  return digests.part(`${start} ${part.octets.length} ${part.encoding}`, () => {
    const content = decodedContent(part)
    const isBeginning = content === part.octets && start === 0
    return isBeginning ? digests.octets(content, 'sha256') : hash('sha256', content, 'buffer')
  })
}
