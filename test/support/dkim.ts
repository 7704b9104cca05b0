/** Signs messages with DKIM (RFC 6376) for a domain whose key the test publishes, as most mail of today is. */
import { generateKeyPairSync } from 'node:crypto'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import { keyRecordText } from '../../src/dkim2/index.ts'
import type { OpenZone } from './test-relay.ts'
import { publishKeys } from './test-relay.ts'

export interface DkimOptions {
  /** Names in h=; default what signers usually write. */
  readonly headerList?: string
  /** l= */
  readonly maxBodyLength?: number
}

export interface DkimSigner {
  /** The message with a DKIM-Signature on top. */
  sign(text: string, options?: DkimOptions): Promise<Buffer>
}

export function dkimSigner(zone: OpenZone, domain = 'origin.example'): DkimSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  publishKeys(zone, { [domain]: { 'dkim._domainkey': [['txt', keyRecordText(publicKey)]] } })
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return {
    async sign(text, { headerList = 'Date:Message-ID:Subject:To:From', maxBodyLength } = {}) {
      const key = { signingDomain: domain, selector: 'dkim', privateKey: pem }
      const { signatures, errors } = await dkimSign(Buffer.from(text, 'latin1'), {
        ...key,
        canonicalization: 'relaxed/relaxed',
        algorithm: 'ed25519-sha256',
        headerList,
        signatureData: [{ ...key, ...(maxBodyLength !== undefined && { maxBodyLength }) }],
      })
      if (errors.length > 0) throw new Error(JSON.stringify(errors))
      return Buffer.from(`${signatures}${text}`, 'latin1')
    },
  }
}

/** A mail in raw latin1; a member that is absent is not there. */
export function mailText(mail: {
  readonly from: string
  readonly to?: string
  readonly subject?: string
  readonly extra?: string
  readonly body?: string
  readonly id?: string
}): string {
  const { from, to, subject = 'Plans', extra = '', body = 'Hello.\r\n', id = '1' } = mail
  const addressee = to === undefined ? '' : `To: ${to}\r\n`
  const date = new Date().toUTCString().replace('GMT', '+0000')
  return `${extra}From: ${from}\r\n${addressee}Subject: ${subject}\r\nDate: ${date}\r\nMessage-ID: <${id}@origin.example>\r\n\r\n${body}`
}
