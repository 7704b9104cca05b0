/**
 * Parameters of delivery status notifications: RET and ENVID of MAIL, NOTIFY and ORCPT of RCPT (RFC 3461 section 4, with the
 * addresses beyond ASCII of RFC 6533 section 3). They are read strictly, because they are given out again in reports and commands.
 */

/** The NOTIFY parameter of one recipient: NEVER alone, or any of the others, each once. */
export type Notify = readonly ('NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY')[]

/** What a message asks of reports about it. */
export interface MessageNotification {
  /** RET: what of the message a report of a failure returns. */
  readonly returns?: 'full' | 'hdrs'
  /** ENVID, decoded: printable ASCII. */
  readonly envelopeId?: string
}

/** What was asked for one recipient. */
export interface RecipientNotification {
  /** Absent: none was given. */
  readonly notify?: Notify
  /** ORCPT, decoded: `rfc822;a@b.example`, one line of printable text. */
  readonly originalRecipient?: string
}

/** What is asked of the next hop, if it knows DSN. */
export interface Notification extends MessageNotification, RecipientNotification {}

type Parameters = ReadonlyMap<string, string>

/** Octets of the encoded values (RFC 3461 sections 4.2 and 4.4). */
const maxEnvelopeIdCharacters = 100
const maxOriginalRecipientCharacters = 500

/** RET and ENVID of MAIL; undefined where one of them has a bad value. */
export function messageNotification(parameters: Parameters): MessageNotification | undefined {
  const ret = parameters.get('RET')?.toLowerCase()
  if (ret !== undefined && ret !== 'full' && ret !== 'hdrs') return undefined
  const encoded = parameters.get('ENVID')
  const envelopeId = encoded === undefined ? undefined : readEnvelopeId(encoded)
  if (encoded !== undefined && envelopeId === undefined) return undefined
  return {
    ...(ret !== undefined && { returns: ret }),
    ...(envelopeId !== undefined && { envelopeId }),
  }
}

/**
 * NOTIFY and ORCPT of RCPT; undefined where one of them has a bad value.
 *
 * @param smtpUtf8 MAIL had SMTPUTF8: an original recipient may hold UTF-8 as it is (RFC 6533 section 3)
 */
export function recipientNotification(
  parameters: Parameters,
  smtpUtf8: boolean,
): RecipientNotification | undefined {
  const words = parameters.get('NOTIFY')
  const notify = words === undefined ? undefined : readNotify(words)
  if (words !== undefined && notify === undefined) return undefined
  const encoded = parameters.get('ORCPT')
  const originalRecipient = encoded === undefined ? undefined : readOriginalRecipient(encoded, smtpUtf8)
  if (encoded !== undefined && originalRecipient === undefined) return undefined
  return {
    ...(notify !== undefined && { notify }),
    ...(originalRecipient !== undefined && { originalRecipient }),
  }
}

/** The parameters of MAIL, each with a space before it; '' for none. */
export function mailArguments({ returns, envelopeId }: MessageNotification): string {
  const ret = returns === undefined ? '' : ` RET=${returns.toUpperCase()}`
  return envelopeId === undefined ? ret : `${ret} ENVID=${xtext(envelopeId)}`
}

/** The parameters of RCPT, each with a space before it; '' for none. */
export function recipientArguments({ notify, originalRecipient }: RecipientNotification): string {
  const words = notify === undefined ? '' : ` NOTIFY=${notify.join(',')}`
  if (originalRecipient === undefined) return words
  const at = originalRecipient.indexOf(';')
  const [type, address] = [originalRecipient.slice(0, at), originalRecipient.slice(at + 1)]
  const encoded = type.toLowerCase() === 'utf-8' ? unicodeXtext(address) : xtext(address)
  // Written in ASCII an address can outgrow what the next hop takes, and would cost the delivery.
  const isTooLong = type.length + 1 + encoded.length > maxOriginalRecipientCharacters
  return isTooLong ? words : `${words} ORCPT=${type};${encoded}`
}

function readNotify(text: string): Notify | undefined {
  const words = new Set(text.toUpperCase().split(','))
  const known = (['NEVER', 'SUCCESS', 'FAILURE', 'DELAY'] as const).filter(word => words.has(word))
  const isWrong = known.length !== words.size || (known.length > 1 && known[0] === 'NEVER')
  return isWrong ? undefined : known
}

function readEnvelopeId(encoded: string): string | undefined {
  return encoded.length > maxEnvelopeIdCharacters ? undefined : printable(readXtext(encoded))
}

function readOriginalRecipient(encoded: string, smtpUtf8: boolean): string | undefined {
  if (encoded.length > maxOriginalRecipientCharacters) return undefined
  const [, type, address] = /^([A-Za-z0-9-]+);(.+)$/.exec(encoded) ?? []
  if (type === undefined || address === undefined) return undefined
  const isUnicode = type.toLowerCase() === 'utf-8'
  const decoded = isUnicode ? readUnicodeXtext(address, smtpUtf8) : printable(readXtext(address))
  return decoded === undefined ? undefined : `${type};${decoded}`
}

/** Printable ASCII except `+` and `=`, and `+` with two upper-case hexadecimal digits (RFC 3461 section 4). */
function readXtext(encoded: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})+$/.test(encoded)) return undefined
  return encoded.replace(/\+([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

/** A decoded line feed would let a client write fields of a report. */
function printable(text: string | undefined): string | undefined {
  return text !== undefined && /^[ -~]+$/.test(text) ? text : undefined
}

/** `\x{E9}` stands for a character (RFC 6533 section 3); with SMTPUTF8 the character may stand there itself. */
function readUnicodeXtext(encoded: string, smtpUtf8: boolean): string | undefined {
  const plain = smtpUtf8 ? /^(?:[!-<>-~]|[^\x00-\x7f]|\\x\{[0-9A-F]{2,6}\})+$/u : /^[!-<>-~]+$/
  if (!plain.test(encoded)) return undefined
  const points = [...encoded.matchAll(/\\x\{([0-9A-F]{2,6})\}/g)].map(match =>
    Number.parseInt(match[1] ?? '', 16),
  )
  if (points.some(point => point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))) return undefined
  const decoded = encoded.replace(/\\x\{([0-9A-F]{2,6})\}/g, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  )
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(decoded) ? undefined : decoded
}

function xtext(text: string): string {
  return text.replace(/[^!-*,-<>-~]/g, character => `+${hexOf(character).padStart(2, '0')}`)
}

/** Always in ASCII: the next hop may not know SMTPUTF8. */
function unicodeXtext(text: string): string {
  return text.replace(/[^!-*,-<>-[\]-~]/gu, character => `\\x{${hexOf(character).padStart(2, '0')}}`)
}

function hexOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
}
