/** Sound messages of one and two hops, as the damaged ones are made from them. */

import type { Damaged } from './damaged.ts'
import { addInstance, addSignature, type InstanceDraft, type SignatureDraft } from './forge.ts'
import { plannedKeys } from './implementations.ts'
import { octets } from './messages.ts'
import type { Paths, Zone } from './peer.ts'
import { startSeconds, zone } from './travel.ts'

export const base = octets(
  'From: Ada <ada@origin.example>\nTo: readers@list.example\nSubject: Minutes\n\nFirst line\nSecond line\nThird line\n',
)

export const firstPaths: Paths = {
  reversePath: '<ada@origin.example>',
  forwardPaths: ['<readers@list.example>'],
}
export const secondPaths: Paths = {
  reversePath: '<bounces@list.example>',
  forwardPaths: ['<reader@alias.example>'],
}
export const nowSeconds = startSeconds + 60
export const daySeconds = 86_400

const firstHop: SignatureDraft = {
  time: startSeconds,
  ...firstPaths,
  domain: 'origin.example',
  keys: plannedKeys('origin.example', 'ed'),
}
const secondHop: SignatureDraft = {
  time: startSeconds + 10,
  ...secondPaths,
  domain: 'list.example',
  keys: plannedKeys('list.example', 'ed'),
}

/** What differs from the sound hop. */
export interface HopDamage {
  readonly signature?: Partial<SignatureDraft>
  readonly instance?: InstanceDraft
}

/** `message` signed by origin.example. */
export function one(damage: HopDamage = {}, message = base): Buffer {
  return addSignature(addInstance(message, damage.instance), { ...firstHop, ...damage.signature })
}

/** A one-hop message passed on unchanged by list.example. */
export function passedOn(first: Buffer, signature: Partial<SignatureDraft> = {}): Buffer {
  return addSignature(first, { ...secondHop, ...signature })
}

/** A one-hop message whose text list.example changed; the new instance holds `recipe`. */
export function revised(
  from: string,
  to: string,
  recipe: object | string | undefined,
  { first = one(), ...damage }: HopDamage & { readonly first?: Buffer } = {},
): Buffer {
  const changed = edit(first, from, to)
  const instance = addInstance(changed, { ...(recipe === undefined ? {} : { recipe }), ...damage.instance })
  return addSignature(instance, { ...secondHop, ...damage.signature })
}

/** The message with the first occurrence of a text replaced. */
export function edit(message: Buffer, from: string, to: string): Buffer {
  const text = message.toString('latin1')
  if (!text.includes(from)) throw new RangeError(`the message does not hold ${JSON.stringify(from)}`)
  return Buffer.from(
    text.replace(from, () => to),
    'latin1',
  )
}

/** Flips a bit of the first octet of each signature value, or of the one with this index. */
export function spoil(which?: number): Pick<SignatureDraft, 'spoil'> {
  const flip = (value: Buffer) => Buffer.concat([Buffer.from([(value[0] ?? 0) ^ 1]), value.subarray(1)])
  return { spoil: (value, index) => (which === undefined || which === index ? flip(value) : value) }
}

type Expected = Pick<Damaged, 'name' | 'rule' | 'expected' | 'expected08'>

/** A case whose message arrives as the highest hop sent it. */
export function arriving(
  paths: Paths,
  message: Buffer,
  expected: Expected,
  circumstances: { readonly zone?: Zone; readonly nowSeconds?: number } = {},
): Damaged {
  return { ...expected, request: { message, ...paths, zone, nowSeconds, ...circumstances } }
}
