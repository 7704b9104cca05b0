/**
 * Bounds on what a peer can make a verification do. They are arguments of the functions that keep them; these are the
 * defaults, each with its reason.
 */

import { defaultMimeBounds, type MimeBounds } from '../message/mime-parts.ts'

export interface ChainBounds extends MimeBounds {
  /** Hops of a chain, i= 1 to this. */
  readonly maxHops: number
  /** Versions of a chain, 1 to this. */
  readonly maxVersions: number
  /** Header fields of a message with a chain. */
  readonly maxFields: number
  /** Steps of all header recipes of one version. */
  readonly maxHeaderSteps: number
  /** Names at which the public keys of a chain are looked up; beyond, nothing is asked. */
  readonly maxKeyNames: number
  /** Octets that one verification rebuilds or hashes, all versions and hops together. */
  readonly maxWorkBytes: number
  /** Octets of signing input that wait for a signature check at one time. */
  readonly maxPendingBytes: number
}

export const defaultBounds: ChainBounds = {
  ...defaultMimeBounds,
  // The wire profile allows i= up to 50; a loop is found long before by the count of Received fields.
  maxHops: 50,
  // The wire profile allows v= up to 100: two revisions a hop.
  maxVersions: 100,
  // Real messages have some dozens, a few hundred after many hops; each undone version goes through all of them.
  maxFields: 10_000,
  // A list or gateway touches a dozen fields. Deleting by number shifts what is above, so work is steps times fields.
  maxHeaderSteps: 1_000,
  // What fifty hops can need. Whoever verifies what strangers send has a smaller one.
  maxKeyNames: Number.POSITIVE_INFINITY,
  // Seven versions of a message of 35 MiB, the largest that common receivers take; at about 1 GB/s it is a quarter
  // second of work. A peer can always send a message that says it was changed a hundred times.
  maxWorkBytes: 256 * 1024 * 1024,
  // Inputs are some kilobytes each; only a header section of megabytes signed fifty times would fill memory.
  maxPendingBytes: 8 * 1024 * 1024,
}

/** Those that the reading of a single field depends on. */
export type FieldBounds = Pick<ChainBounds, 'maxHops' | 'maxVersions' | 'maxHeaderSteps'>

/** Counts octets of work down from a bound. */
export class WorkBudget {
  #left: number

  constructor(maxBytes: number) {
    this.#left = maxBytes
  }

  /** Takes `bytes`; false once more was taken than there is. */
  spend(bytes: number): boolean {
    this.#left -= bytes
    return this.#left >= 0
  }
}
