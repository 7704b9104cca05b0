/**
 * Parameters of MAIL that this relay announces: SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), RET and
 * ENVID (RFC 3461), REQUIRETLS (RFC 8689).
 */
import type { MessageNotification } from './dsn-parameters.ts'
import { messageNotification } from './dsn-parameters.ts'
import { badSyntax, messageTooBig, requireTlsNeedsTls, unknownParameter } from './replies.ts'
import type { SmtpReply } from './reply.ts'

export interface MailParameters extends MessageNotification {
  /** Size that the client announced, in octets; 0 when it did not. */
  readonly declaredBytes: number
  readonly bodyType?: '7bit' | '8bitmime'
  readonly smtpUtf8: boolean
  readonly requireTls?: true
}

/**
 * Reads the parameters of MAIL.
 *
 * @param maxMessageBytes a larger SIZE is refused with 552 5.3.4
 * @param isTls REQUIRETLS is announced over TLS only; without it it is refused with 530 5.7.10
 * @returns the parameters, or the reply that refuses the command: 501 for a bad value, 555 for a keyword that was not announced
 */
export function mailParameters(
  parameters: ReadonlyMap<string, string>,
  maxMessageBytes: number,
  isTls: boolean,
): { readonly refusal: SmtpReply } | MailParameters {
  for (const keyword of parameters.keys()) if (!announced.has(keyword)) return { refusal: unknownParameter }
  const size = parameters.get('SIZE') ?? '0'
  if (!/^[0-9]{1,20}$/.test(size)) return { refusal: badSyntax }
  if (Number(size) > maxMessageBytes) return { refusal: messageTooBig }
  const body = parameters.get('BODY')?.toLowerCase()
  if (body !== undefined && body !== '7bit' && body !== '8bitmime') return { refusal: badSyntax }
  const smtpUtf8 = parameters.get('SMTPUTF8')
  if (smtpUtf8 !== undefined && smtpUtf8 !== '') return { refusal: badSyntax }
  const notification = messageNotification(parameters)
  if (notification === undefined) return { refusal: badSyntax }
  const requireTls = parameters.get('REQUIRETLS')
  if (requireTls !== undefined && !isTls) return { refusal: requireTlsNeedsTls }
  if (requireTls !== undefined && requireTls !== '') return { refusal: badSyntax }
  return {
    declaredBytes: Number(size),
    ...(body !== undefined && { bodyType: body }),
    smtpUtf8: smtpUtf8 !== undefined,
    ...(requireTls !== undefined && { requireTls: true }),
    ...notification,
  }
}

const announced: ReadonlySet<string> = new Set(['SIZE', 'BODY', 'SMTPUTF8', 'RET', 'ENVID', 'REQUIRETLS'])
