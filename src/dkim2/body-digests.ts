/**
 * The hashes of a body in all its forms, and of other bodies that begin with the same octets: of a revision that puts a footer below,
 * both versions are hashed in one pass. While a body is hashed the state of the hash is kept every so often; a body that begins alike goes
 * on from the last state that it shares.
 */

import { createHash, type Hash } from 'node:crypto'
import { remembered } from '../message/remembered.ts'
import { feedRelaxed, relaxedEnd, relaxedLength, simpleEnd } from './canonicalize.ts'

export type BodyForm = 'relaxed' | 'simple'
export type HashAlgorithm = 'sha256' | 'sha512'

/** A state of some hundred octets for each: what a body that begins alike hashes anew is a fifth of a millisecond at most. */
const markBytes = 256 * 1024

/** A hash that was fed the first `at` octets, in one form. */
interface Mark {
  readonly at: number
  readonly hash: Hash
}

const crlf = Buffer.from('\r\n')

/** What becomes of white space depends on so many octets behind it: CRLF, or more white space. */
const lookAhead = 2

/** Of bodies that lie at one place in memory: each is the beginning of the longest one. */
export class BodyDigests {
  readonly #marks = new Map<string, Mark[]>()
  readonly #parts = new Map<string, Buffer>()

  /** The hash of a body in canonical form. RFC 6376 sections 3.4.3 and 3.4.4. */
  canonical(body: Buffer, form: BodyForm, algorithm: HashAlgorithm): Buffer {
    if (form === 'simple') return this.#octets(body, simpleEnd(body), algorithm).update(crlf).digest()
    const end = relaxedEnd(body)
    const hash = this.#relaxed(body, end, algorithm)
    return (end > 0 ? hash.update(crlf) : hash).digest()
  }

  /** The hash of the octets as they stand. */
  octets(body: Buffer, algorithm: HashAlgorithm): Buffer {
    return this.#octets(body, body.length, algorithm).digest()
  }

  /** The hash of a part of the body, which versions that have the same part share. */
  part(key: string, make: () => Buffer): Buffer {
    const value = this.#parts.get(key) ?? make()
    this.#parts.set(key, value)
    return value
  }

  #octets(body: Buffer, end: number, algorithm: HashAlgorithm): Hash {
    const marks = this.#marksOf('octets', algorithm)
    const last = copyOf(marks.findLast(({ at }) => at <= end)) ?? { at: 0, hash: createHash(algorithm) }
    return goOn(marks, last, end, (hash, from, to) => hash.update(body.subarray(from, to)))
  }

  /** As long as nothing is to be reduced, the form is the octets as they stand, and shares their hash. */
  #relaxed(body: Buffer, end: number, algorithm: HashAlgorithm): Hash {
    const marks = this.#marksOf('relaxed', algorithm)
    let last = copyOf(marks.findLast(({ at }) => at + lookAhead <= end))
    if (last === undefined) {
      const same = relaxedLength(body, end)
      const hash = this.#octets(body, same, algorithm)
      if (same === end) return hash
      last = { at: same, hash }
    }
    return goOn(marks, last, end, (hash, from, to) => feedRelaxed(hash, body, from, to, end))
  }

  #marksOf(form: string, algorithm: HashAlgorithm): Mark[] {
    const key = `${form} ${algorithm}`
    const marks = this.#marks.get(key) ?? []
    this.#marks.set(key, marks)
    return marks
  }
}

function copyOf(mark: Mark | undefined): Mark | undefined {
  return mark && { at: mark.at, hash: mark.hash.copy() }
}

/** Feeds a hash what follows up to `end`, and keeps its states on the way: those that octets behind `end` cannot change. */
function goOn(
  marks: Mark[],
  { at: start, hash }: Mark,
  end: number,
  feed: (hash: Hash, from: number, to: number) => void,
): Hash {
  for (let at = start; at < end; ) {
    const next = Math.min(end, at + markBytes)
    feed(hash, at, next)
    if (next + lookAhead <= end && next > (marks.at(-1)?.at ?? 0)) marks.push({ at: next, hash: hash.copy() })
    at = next
  }
  return hash
}

const shared = new WeakMap<Buffer, BodyDigests>()

/**
 * The digests of a body, for as long as its octets are kept.
 *
 * @param like a body that may lie at the same place
 */
export function digestsOf(body: Buffer, like?: Buffer): BodyDigests {
  const isAlike = like?.buffer === body.buffer && like.byteOffset === body.byteOffset
  return remembered(shared, body, () => (like && isAlike ? digestsOf(like) : new BodyDigests()))
}
