/**
 * Differential fuzzing: random damage to the fields of a signed message, and the class of our verdict beside that of a peer under the
 * revision that it follows. What a number does is decided by it alone.
 */

import { type Random, randomFrom } from '../fuzz/random.ts'
import { base, firstPaths, nowSeconds, one, passedOn, revised, secondPaths } from './damaged-support.ts'
import type { Implementation } from './implementations.ts'
import { octets } from './messages.ts'
import type { Paths, PeerVerdict, VerifyRequest } from './peer.ts'
import { zone } from './travel.ts'

/** What the two say of one damaged message. */
export interface Comparison {
  readonly number: number
  readonly ours: string
  readonly peers: string
  readonly ourDetail: string
  readonly peerDetail: string
}

interface Source extends Paths {
  readonly message: Buffer
}

const recipe = { b: [{ c: [1, 1] }, { d: ['Second line'] }, { c: [3, 3] }] }

/** Sound ones: a first hop, a second one that changed nothing, one that changed the body, and a header with much in it. */
const sources: readonly [Source, ...Source[]] = [
  { message: one(), ...firstPaths },
  { message: passedOn(one()), ...secondPaths },
  { message: revised('Second line', 'Another line', recipe), ...secondPaths },
  {
    message: one(
      {},
      octets(
        `X-Note: a\nReceived: by a.example; Thu, 13 Nov 2025 02:13:20 +0000\n${base.toString('latin1')}`,
      ),
    ),
    ...firstPaths,
  },
]

type Damage = (text: string, random: Random) => string

const words = [
  ';',
  '=',
  ',',
  ':',
  ' ',
  '\r\n ',
  'i=1;',
  'm=2;',
  'v=1;',
  't=1;',
  'x=y;',
  '"',
  '/',
  '+',
  '==',
  '0',
  '-',
  '|',
] as const
const at = (text: string, random: Random) => random.below(text.length + 1)

const damages: readonly [Damage, ...Damage[]] = [
  // Another character in the place of one.
  (text, random) => {
    const place = random.below(text.length)
    return text.slice(0, place) + String.fromCharCode(0x21 + random.below(94)) + text.slice(place + 1)
  },
  // A word of the format put in.
  (text, random) => {
    const place = at(text, random)
    return text.slice(0, place) + random.pick(words) + text.slice(place)
  },
  // A stretch taken out.
  (text, random) => {
    const place = at(text, random)
    return text.slice(0, place) + text.slice(place + 1 + random.below(2 ** random.below(6)))
  },
  // A tag taken out, doubled, emptied, or moved to the end.
  (text, random) => tags(text, random, () => []),
  (text, random) => tags(text, random, tag => [tag, tag]),
  (text, random) => tags(text, random, tag => [tag.replace(/=[\s\S]*/, '=')]),
  (text, random) => {
    const parts = text.split(';')
    const [moved = ''] = parts.splice(random.below(parts.length), 1)
    return [...parts, moved].join(';')
  },
  // The case of a letter.
  (text, random) => {
    const place = random.below(text.length)
    const letter = text.charAt(place)
    const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()
    return text.slice(0, place) + other + text.slice(place + 1)
  },
  // Digits of a number.
  text => text.replace(/\d+/, digits => `${Number(digits) + 1}`),
]

function tags(text: string, random: Random, change: (tag: string) => string[]): string {
  const parts = text.split(';')
  const chosen = random.below(parts.length)
  return parts.flatMap((part, index) => (index === chosen ? change(part) : [part])).join(';')
}

/** The damaged message of a number, in the envelope of the sound one. */
export function damagedMessage(number: number): VerifyRequest {
  const random = randomFrom(number)
  const { message, reversePath, forwardPaths } = random.pick(sources)
  const text = message.toString('latin1')
  const end = text.indexOf('\r\n\r\n') + 2
  const fields = text.slice(0, end).match(/[^\r\n]+(?:\r\n[ \t][^\r\n]*)*\r\n/g) ?? []
  const chosen = random.oneIn(6)
    ? fields
    : fields.filter(field => /^(?:dkim2-signature|message-instance):/i.test(field))
  const [first = '', ...others] = chosen
  const field = random.pick([first, ...others])
  const colon = field.indexOf(':') + 1
  let value = field.slice(colon, -2)
  for (let rounds = 1 + random.below(2); rounds > 0; rounds--) value = random.pick(damages)(value, random)
  const whole = text.replace(field, () => `${field.slice(0, colon)}${value}\r\n`)
  return { message: Buffer.from(whole, 'latin1'), reversePath, forwardPaths, zone, nowSeconds }
}

/** What both say of the damaged message of a number. */
export async function compare(
  number: number,
  ours: Implementation,
  peer: Implementation,
): Promise<Comparison> {
  const request = damagedMessage(number)
  const [a, b] = await Promise.all([ours.verify(request), peer.verify(request)])
  return { number, ours: classOf(a), peers: classOf(b), ourDetail: detailOf(a), peerDetail: detailOf(b) }
}

function classOf(verdict: PeerVerdict): string {
  return 'state' in verdict ? verdict.state : verdict.declined
}

function detailOf(verdict: PeerVerdict): string {
  return 'state' in verdict ? verdict.detail : verdict.reason
}

/** Compares so many, a few at a time; the ones in which the classes differ. */
export async function differences(
  from: number,
  count: number,
  ours: Implementation,
  peer: Implementation,
): Promise<Comparison[]> {
  const found: Comparison[] = []
  for (let number = from; number < from + count; number += 50) {
    const numbers = Array.from({ length: Math.min(50, from + count - number) }, (_, step) => number + step)
    const compared = await Promise.all(numbers.map(one => compare(one, ours, peer)))
    found.push(...compared.filter(({ ours, peers }) => ours !== peers))
  }
  return found
}
