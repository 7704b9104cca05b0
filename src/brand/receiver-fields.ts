/**
 * What a receiver writes for programs of other makers that read its mailboxes: which image to show, for whom, and a signature by which they see
 * that it was the receiver who said so. draft-brotman-bimi-mua-00. Pure.
 */
import { createHash } from 'node:crypto'
import { namesTag, signedField } from '../dkim/signed-field.ts'
import { relaxedField } from '../dkim2/canonicalize.ts'
import { plainTag } from '../dkim2/folding.ts'
import type { Signer } from '../dkim2/signer.ts'
import { foldedLocalPart } from '../message/mailbox.ts'
import { type HeaderField, lowerAscii, newField } from '../message/message.ts'

/** An image that holds by all checks of BIMI. */
export interface Brand {
  /** Where the record was found: what the receiver revokes an image by. */
  readonly domain: string
  /** URI of the image, and of its certificate where there is one; ASCII. */
  readonly location: string
  readonly authority?: string
  /** The image itself. */
  readonly image: Buffer
}

/** Characters of base64 in one line. */
const indicatorLine = 76
const signedNames = ['BIMI-Location', 'BIMI-Selector', 'BIMI-Receiver-Information'] as const

/**
 * The fields for one recipient, the signature on top.
 *
 * @param recipient forward-path: its domain signs
 * @param own fields of the message: an author's BIMI-Selector is signed with the others
 * @param signer its selector is the "true" one: the key stands at `<selector>._local._bimi.<domain of the recipient>`
 * @param nowMilliseconds Unix time of reception
 */
export async function receiverFields(
  brand: Brand,
  recipient: string,
  own: readonly HeaderField[],
  signer: Signer,
  nowMilliseconds: number,
): Promise<readonly HeaderField[]> {
  const fields = [locationField(brand), indicatorField(brand), informationField(recipient, nowMilliseconds)]
  return [await signatureField([...fields, ...own], brand, recipient, signer, nowMilliseconds), ...fields]
}

function locationField({ location, authority }: Brand): HeaderField {
  const evidence = authority === undefined ? '' : `\r\n a=${authority};`
  return newField('BIMI-Location', `v=BIMI1;${evidence}\r\n l=${location}`)
}

function indicatorField({ image }: Brand): HeaderField {
  const lines = image.toString('base64').match(new RegExp(`.{1,${indicatorLine}}`, 'g')) ?? []
  return newField('BIMI-Indicator', `\r\n ${lines.join('\r\n ')}`)
}

/** `date: date-time ; rcpt: sha256-local @ domain`: who reads the mailbox can check it, and the field names nobody. */
function informationField(recipient: string, nowMilliseconds: number): HeaderField {
  const date = new Date(nowMilliseconds).toUTCString().replace('GMT', '+0000')
  return newField('BIMI-Receiver-Information', `date: ${date} ;\r\n rcpt: ${hashedRecipient(recipient)}`)
}

/** SHA-256 of the local part, hexadecimal, before the domain. */
export function hashedRecipient(recipient: string): string {
  const at = recipient.lastIndexOf('@')
  const digest = createHash('sha256')
    .update(foldedLocalPart(recipient.slice(0, at)))
    .digest('hex')
  return `${digest}@${domainOf(recipient)}`
}

/**
 * As a DKIM-Signature (RFC 6376 section 3.5) of header fields alone, in the relaxed form; each name once more than it occurs, so that none can be
 * added (section 5.4.2). The pseudo-selector says where the image was found.
 */
function signatureField(
  fields: readonly HeaderField[],
  { domain }: Brand,
  recipient: string,
  signer: Signer,
  nowMilliseconds: number,
): Promise<HeaderField> {
  const there = signedNames.flatMap(name =>
    fields.filter(field => lowerAscii(field.name) === name.toLowerCase()),
  )
  const tags = [
    plainTag('v', 'BIMI1'),
    plainTag('a', signer.algorithm),
    plainTag('c', 'relaxed'),
    plainTag('d', domainOf(recipient)),
    plainTag('s', `${domain}.${signer.selector}`),
    plainTag('t', String(Math.floor(nowMilliseconds / 1000))),
    namesTag([...there.map(({ name }) => name), ...signedNames]),
  ]
  const before = there.map(field => relaxedField(lowerAscii(field.name), field)).join('')
  return signedField('BIMI-Receiver-Signature', tags, before, signer)
}

function domainOf(recipient: string): string {
  return recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase()
}
