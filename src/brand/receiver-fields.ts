/**
 * What a receiver writes for programs of other makers that read its mailboxes: which image to show, for whom, and a signature by which they see
 * that it was the receiver who said so. draft-brotman-bimi-mua-00. Pure.
 */
import { createHash, type KeyObject, sign } from 'node:crypto'
import { foldedLocalPart } from '../message/mailbox.ts'
import { fieldValue, type HeaderField, lowerAscii, newField } from '../message/message.ts'

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

export interface ReceiverSigner {
  /** The "true selector": the key stands at `<selector>._local._bimi.<domain of the recipient>`. */
  readonly selector: string
  readonly key: KeyObject
}

/** Characters of base64 in one line. */
const indicatorLine = 76
const signedNames = ['BIMI-Location', 'BIMI-Selector', 'BIMI-Receiver-Information'] as const

/**
 * The fields for one recipient, the signature on top.
 *
 * @param recipient forward-path: its domain signs
 * @param own fields of the message: an author's BIMI-Selector is signed with the others
 * @param nowMilliseconds Unix time of reception
 */
export function receiverFields(
  brand: Brand,
  recipient: string,
  own: readonly HeaderField[],
  signer: ReceiverSigner,
  nowMilliseconds: number,
): readonly HeaderField[] {
  const fields = [locationField(brand), indicatorField(brand), informationField(recipient, nowMilliseconds)]
  return [signatureField([...fields, ...own], brand, recipient, signer, nowMilliseconds), ...fields]
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
  return `${digest}@${recipient.slice(at + 1).toLowerCase()}`
}

/**
 * As a DKIM-Signature (RFC 6376 section 3.5) of header fields alone, in the relaxed form; each name once more than it occurs, so that none can be
 * added (section 5.4.2). The pseudo-selector says where the image was found.
 */
function signatureField(
  fields: readonly HeaderField[],
  { domain }: Brand,
  recipient: string,
  { selector, key }: ReceiverSigner,
  nowMilliseconds: number,
): HeaderField {
  const there = signedNames.flatMap(name => fields.filter(field => isNamed(field, name)))
  const algorithm = key.asymmetricKeyType === 'rsa' ? 'rsa-sha256' : 'ed25519-sha256'
  const signingDomain = recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase()
  const names = [...there.map(({ name }) => name), ...signedNames]
  const tags = [
    `v=BIMI1; a=${algorithm}; c=relaxed`,
    `d=${signingDomain}`,
    `s=${domain}.${selector}`,
    `t=${Math.floor(nowMilliseconds / 1000)}`,
    `h=${names.join(':\r\n  ')}`,
    'b=',
  ].join(';\r\n ')
  const unsigned = newField('BIMI-Receiver-Signature', tags)
  const input = [...there.map(relaxed), relaxed(unsigned).slice(0, -2)].join('')
  const value = signInput(Buffer.from(input, 'latin1'), key).toString('base64')
  const folded = value.match(new RegExp(`.{1,${indicatorLine - 4}}`, 'g')) ?? []
  return newField('BIMI-Receiver-Signature', `${tags}${folded.join('\r\n  ')}`)
}

/** RFC 8463 section 3: Ed25519 signs the hash; RSA makes it itself. */
function signInput(input: Buffer, key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'rsa') return sign('sha256', input, key)
  return sign(null, createHash('sha256').update(input).digest(), key)
}

/** RFC 6376 section 3.4.2. */
function relaxed(field: HeaderField): string {
  return `${lowerAscii(field.name)}:${fieldValue(field)
    .replace(/[ \t]+/g, ' ')
    .trim()}\r\n`
}

function isNamed(field: HeaderField, name: string): boolean {
  return lowerAscii(field.name) === name.toLowerCase()
}
