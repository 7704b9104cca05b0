/** Mutations of octets: small damage, pieces of other inputs, words of the formats, and long repetitions. */

import type { Random } from './random.ts'

/** Inputs do not grow beyond this. */
export const maxInputBytes = 64 * 1024

type Mutation = (octets: Buffer, random: Random, material: Material) => Buffer

export interface Material {
  /** Inputs to take pieces from. */
  readonly corpus: readonly [Buffer, ...Buffer[]]
  /** Words of the format. */
  readonly words: readonly [Buffer, ...Buffer[]]
}

/** One input of the corpus after one to six mutations. */
export function mutated(random: Random, material: Material): Buffer {
  let octets: Buffer = Buffer.from(random.pick(material.corpus))
  for (let rounds = 1 + random.below(6); rounds > 0; rounds--) {
    octets = random.pick(mutations)(octets, random, material)
  }
  if (random.oneIn(40)) octets = repeated(octets, random, material)
  return octets.subarray(0, maxInputBytes)
}

/** Stretches are mostly short: their length is random on a logarithmic scale. */
function stretch(octets: Buffer, random: Random): readonly [start: number, end: number] {
  const start = random.below(octets.length + 1)
  const length = random.below(2 ** random.below(10) + 1)
  return [start, Math.min(octets.length, start + length)]
}

function replaced(octets: Buffer, start: number, end: number, by: Uint8Array): Buffer {
  return Buffer.concat([octets.subarray(0, start), by, octets.subarray(end)])
}

const flippedBit: Mutation = (octets, random) => {
  const at = random.below(octets.length)
  const octet = octets[at]
  return octet === undefined
    ? octets
    : replaced(octets, at, at + 1, Buffer.of(octet ^ (1 << random.below(8))))
}

const otherOctet: Mutation = (octets, random) => {
  const at = random.below(octets.length)
  return replaced(octets, at, Math.min(at + 1, octets.length), Buffer.of(random.below(256)))
}

const insertedOctet: Mutation = (octets, random) => {
  const at = random.below(octets.length + 1)
  return replaced(octets, at, at, Buffer.of(random.below(256)))
}

const withoutStretch: Mutation = (octets, random) => {
  const [start, end] = stretch(octets, random)
  return replaced(octets, start, end, Buffer.alloc(0))
}

const stretchElsewhere: Mutation = (octets, random) => {
  const [start, end] = stretch(octets, random)
  const at = random.below(octets.length + 1)
  return replaced(octets, at, at, Buffer.from(octets.subarray(start, end)))
}

const insertedWord: Mutation = (octets, random, { words }) => {
  const at = random.below(octets.length + 1)
  return replaced(octets, at, at, random.pick(words))
}

const wordInPlace: Mutation = (octets, random, { words }) => {
  const [start, end] = stretch(octets, random)
  return replaced(octets, start, end, random.pick(words))
}

/** One word of the input for another: keeps the rest well-formed more often than anything else. */
const otherWord: Mutation = (octets, random, { words }) => {
  const from = random.pick(words)
  const at = octets.indexOf(from, random.below(octets.length))
  return at < 0 ? octets : replaced(octets, at, at + from.length, random.pick(words))
}

const otherNumber: Mutation = (octets, random) => {
  const text = octets.toString('latin1')
  const numbers = [...text.slice(0, 8192).matchAll(/\d+/g)]
  const found = numbers[random.below(numbers.length)]
  if (!found) return octets
  const numeral = random.pick(['0', '1', '2', '3', '9', '00', '-1', '50', '4294967296', '9007199254740993'])
  return replaced(octets, found.index, found.index + found[0].length, Buffer.from(numeral))
}

const splice: Mutation = (octets, random, { corpus }) => {
  const other = random.pick(corpus)
  return Buffer.concat([
    octets.subarray(0, random.below(octets.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ])
}

const transplant: Mutation = (octets, random, { corpus }) => {
  const other = random.pick(corpus)
  const [start, end] = stretch(other, random)
  const at = random.below(octets.length + 1)
  return replaced(octets, at, at, other.subarray(start, end))
}

/** Lines in another order, left out or doubled: for header fields and lists. */
const movedLine: Mutation = (octets, random) => {
  const lines = octets.toString('latin1').split('\r\n')
  const [line = ''] = lines.splice(random.below(lines.length), random.below(2))
  lines.splice(random.below(lines.length + 1), 0, line)
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

/**
 * A stretch or a word many times, up to the size of an input, at any place or at the start of a line, with the rest of the
 * input behind it or nothing: what shows work that grows faster than the input.
 */
const repeated: Mutation = (octets, random, { words }) => {
  const [found, end] = stretch(octets, random)
  const start = random.oneIn(2) ? octets.lastIndexOf('\n', found) + 1 : found
  const isWord = end - found > 64 || random.oneIn(2)
  const unit = isWord ? random.pick(words) : Buffer.from(octets.subarray(found, end))
  if (unit.length === 0) return octets
  const times = Math.floor((2 ** random.below(17) + 1) / unit.length) + 2
  const run = Buffer.alloc(Math.min(maxInputBytes, times * unit.length), unit)
  return replaced(octets, start, random.pick([start, Math.max(start, end), octets.length]), run)
}

const mutations: readonly [Mutation, ...Mutation[]] = [
  flippedBit,
  otherOctet,
  insertedOctet,
  withoutStretch,
  stretchElsewhere,
  insertedWord,
  insertedWord,
  wordInPlace,
  otherWord,
  otherNumber,
  splice,
  transplant,
  movedLine,
]
