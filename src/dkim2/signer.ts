/** What makes signatures. Private keys stay with whoever implements this. */

import type { Algorithm } from './model.ts'

export interface Signer {
  readonly selector: string
  readonly algorithm: Algorithm
  /**
   * Signatures of one group must all hold at the verifier, of several groups one is enough; absent: 0. Only a profile with
   * alternatives takes more than one group.
   */
  readonly group?: number
  /**
   * Signs; off the main thread where that is cheaper.
   *
   * @param input the whole canonical signing input, which the signer hashes as its algorithm demands (`signInput` does)
   */
  sign(input: Buffer): Promise<Buffer>
  /** The same on the calling thread, where that takes less processor time in all; absent where it does not. */
  signAtOnce?(input: Buffer): Buffer
}
