/** A private key of this relay, as the keyring hands it out. */
import type { KeyObject } from 'node:crypto'
import type { Signer } from '../dkim2/sign.ts'

/** One key with what must be published for it. */
export interface SigningKey extends Signer {
  /** Signing domain (d=), lower-case. */
  readonly domain: string
  /** The file that it was read from. */
  readonly file: string
  /** Name of its TXT record: `<selector>._domainkey.<domain>`. */
  readonly recordName: string
  /** Text of its TXT record: `v=DKIM1; k=ed25519; p=...`. */
  readonly record: string
  readonly publicKey: KeyObject
}
