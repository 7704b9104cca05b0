/** Pseudo-random numbers that a 32-bit seed decides, the same on every machine. */

export interface Random {
  /** A whole number from 0 to `below - 1`; 0 where `below` is 0. */
  below(below: number): number
  /** True once in `times`. */
  oneIn(times: number): boolean
  /** One of the items. */
  pick<T>(items: readonly [T, ...T[]]): T
}

/** The generator sfc32, its state filled from the seed. */
export function randomFrom(seed: number): Random {
  let a = seed | 0
  let b = 0x9e3779b9 | 0
  let c = 0x243f6a88 | 0
  let count = 1
  const next = (): number => {
    const mixed = (((a + b) | 0) + count++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + mixed) | 0
    return mixed >>> 0
  }
  for (let round = 0; round < 12; round++) next()
  const below = (limit: number): number => (limit <= 1 ? 0 : next() % limit)
  return {
    below,
    oneIn: times => below(times) === 0,
    pick: <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0],
  }
}

/** A 32-bit hash of octets (FNV-1a): seeds what a target decides by itself, so that an input says everything about its run. */
export function hashOf(octets: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const octet of octets) hash = Math.imul(hash ^ octet, 0x01000193)
  return hash >>> 0
}
