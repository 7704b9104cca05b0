/** What is fuzzed: a parser of octets from outside, and what must hold of it. */

export interface Target {
  readonly name: string
  /** Inputs to begin with. */
  readonly seeds: readonly [Buffer, ...Buffer[]]
  readonly words: readonly [Buffer, ...Buffer[]]
  /**
   * Reads the octets. Throws where the parser throws or breaks one of its promises.
   *
   * @returns what came out, in a few words: an input with a new answer becomes one that others are made of
   */
  run(octets: Buffer): string | Promise<string>
}
