/** The stream behind mailauth's `dkimVerify`, which has no types of its own. */
declare module 'mailauth/lib/dkim/dkim-verifier.js' {
  import type { Writable } from 'node:stream'
  import type { ARCChainEntry, DKIMResult, DKIMVerifyOptions } from 'mailauth'

  /** The ARC chain of a message that has been read. */
  export interface ReadChain {
    /** false: there is none, or it is malformed. */
    readonly chain: ARCChainEntry[] | false
    readonly lastEntry?: ARCChainEntry
    readonly error?: Error
  }

  /** A signature field that has been read. */
  export interface ReadSignature {
    readonly type: 'DKIM' | 'ARC'
    /** The field without its line end. */
    readonly original: Uint8Array
    /** Why it is left out. */
    skip?: string
  }

  /** Takes a message, and has the results when it has finished. */
  export class DkimVerifier extends Writable {
    constructor(options: DKIMVerifyOptions)
    readonly results: readonly DKIMResult[]
    readonly arc: ReadChain
    /** Hashers of the body by their key. */
    readonly bodyHashes: ReadonlyMap<string, { setContentType(contentType: object): void }>
    /** Looks at the tags of a signature before anything is hashed. */
    prepareSignature(signature: ReadSignature): void
    /** Adds the hasher of a canonicalization, unless it is there; its key. */
    addBodyHash(canonicalization: string, algorithm: string, maxBodyLength: number | ''): string
  }
}
