/**
 * The copies of a post: each is signed for the one subscriber it goes to, and no subscriber is told of another. What all of
 * them share (the revised message, its hashes, the proof of its body) is made once.
 */

import type { Flag } from '../../dkim2/index.ts'
import { RestoredBodies } from '../../dkim2/index.ts'
import { type HeaderField, lowerAscii, type Message } from '../../message/message.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import { withOwnFields } from '../../revise/own-fields.ts'
import { isRevised, type Revision } from '../../revise/revision.ts'
import { CopySignatures } from '../dkim/copy-signatures.ts'
import type { DkimDependencies } from '../dkim/dkim-dependencies.ts'
import type { Forwarding } from '../forward/expand-envelope.ts'
import {
  inGroups,
  mayAddHop,
  type Preparation,
  prepare,
  type SignDependencies,
  type SignedCopies,
  type SignedCopy,
  signCopy,
  type Way,
  wayName,
  wayTo,
  whileReturnable,
} from '../forward/sign-copies.ts'

/** A post that is ready for its copies. */
export interface RevisedPostSource {
  readonly postId: number
  /** As received, without what was left out on admission. */
  readonly received: Message
  /** Fields that admission put on top. */
  readonly prepend: Buffer
  readonly reversePath: string
  readonly record: AdmissionRecord
  readonly shared: Revision
}

/** A copy that is to go out. */
export interface PostCopy extends Forwarding {
  readonly subscriberId: number
  /** Fields that only this copy has; they stand right below those of the hop. */
  readonly ownFields: readonly HeaderField[]
}

/** More than one address gets it, whoever is subscribed at the moment; profiles leave it out where it must not stand. */
const flags: readonly Flag[] = ['exploded']

/** Signs pages of copies of one post. */
export class PostSigner {
  readonly #source: RevisedPostSource
  readonly #extend: boolean
  readonly #restored = new RestoredBodies()
  /** Of the message without own fields, which copies without own fields share. */
  readonly #shared = new Map<string, Promise<Preparation>>()
  readonly #signatures: CopySignatures

  constructor(source: RevisedPostSource, dependencies: DkimDependencies) {
    this.#source = source
    this.#extend = mayAddHop(source.record)
    const { received: message, shared, ...arrived } = source
    const answersForFrom = shared.recipe.headers.some(({ name }) => lowerAscii(name) === 'from')
    const signed = { message: shared.message, arrived: { ...arrived, message }, answersForFrom }
    this.#signatures = new CopySignatures(signed, dependencies)
  }

  /** Deliveries in the order of the copies. */
  sign(copies: readonly PostCopy[], dependencies: SignDependencies): Promise<SignedCopies> {
    const lived = whileReturnable(this.#source.record, dependencies)
    return inGroups(copies, copy => this.#sign(copy, lived))
  }

  async #sign(copy: PostCopy, dependencies: SignDependencies): Promise<SignedCopy> {
    const way = wayTo(copy, this.#source.record.profile, dependencies)
    const preparation = await this.#preparation(copy, way)
    const { ownFields, subscriberId } = copy
    const unsigned = { planned: copy, preparation, flags, signatures: this.#signatures, ownFields }
    const { delivery, ...rest } = await signCopy(unsigned, dependencies)
    const { postId } = this.#source
    return { ...rest, delivery: { ...delivery, postId, subscriberId } }
  }

  #preparation(copy: PostCopy, way: Way): Promise<Preparation> {
    const { shared, received } = this.#source
    if (copy.ownFields.length > 0) {
      return this.#prepare(withOwnFields(shared, copy.ownFields, received.fields), way)
    }
    const known = this.#shared.get(wayName(way)) ?? this.#prepare(shared, way)
    this.#shared.set(wayName(way), known)
    return known
  }

  #prepare(revision: Revision, way: Way): Promise<Preparation> {
    const { received } = this.#source
    const { message, recipe, addedFields } = revision
    const changes = isRevised(revision) ? { recipe, addedFields, received, restored: this.#restored } : {}
    return prepare(message, way, this.#extend, changes)
  }
}
