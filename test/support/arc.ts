/** Seals messages with ARC (RFC 8617), as forwarders of today do, by mailauth. */
import { generateKeyPairSync } from 'node:crypto'
import { sealMessage } from 'mailauth/lib/arc/index.js'
import { keyRecordText } from '../../src/dkim2/index.ts'

export interface Sealer {
  readonly domain: string
  /** Name and text of the key record. */
  readonly record: readonly [name: string, text: string]
  /** The message with a set on top; `results` go into ARC-Authentication-Results. */
  seal(message: Buffer, results: string, cv?: 'none' | 'pass' | 'fail'): Promise<Buffer>
}

export function sealer(domain: string): Sealer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return {
    domain,
    record: [`arc._domainkey.${domain}`, keyRecordText(publicKey)],
    async seal(message, results, cv) {
      const sets = message.toString('latin1').match(/^ARC-Seal:/gim)?.length ?? 0
      const fields = await sealMessage(message, {
        signingDomain: domain,
        selector: 'arc',
        privateKey: pem,
        authResults: `${domain}; ${results}`,
        cv: cv ?? (sets === 0 ? 'none' : 'pass'),
        i: sets + 1,
      })
      return Buffer.concat([fields, message])
    },
  }
}
