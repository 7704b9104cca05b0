/**
 * Whom a reflector answers: the sender of the envelope, where DKIM2, DKIM or SPF vouches for it in this very message. Nobody else,
 * so that nobody gets mail that somebody else has asked for; and never a program (RFC 3834 section 2).
 */
import { relaxedDomainMatch } from '../dkim2/index.ts'
import { dkimSpeakers } from '../lists/meant-for.ts'
import { automaticSign, isMailSystem } from '../message/automatic-signs.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import { lowerAscii, type Message } from '../message/message.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { Voucher } from '../record/reflection-record.ts'

export type Answered =
  | { readonly kind: 'answered'; readonly to: string; readonly vouchedBy: Voucher }
  /** It is taken, and nothing follows. */
  | { readonly kind: 'silent'; readonly reason: string }
  | { readonly kind: 'stranger' }

/**
 * @param message as received
 * @param path of the transaction; the forward-path is the address of the reflector
 */
export function whoIsAnswered(
  message: Message,
  path: { readonly reversePath: string; readonly forwardPath: string },
  record: AdmissionRecord,
): Answered {
  const program = signOfProgram(message, path.reversePath)
  if (program !== undefined) return { kind: 'silent', reason: program }
  const vouchedBy = voucher(message, path, record)
  return vouchedBy === undefined
    ? { kind: 'stranger' }
    : { kind: 'answered', to: path.reversePath, vouchedBy }
}

function signOfProgram(message: Message, reversePath: string): string | undefined {
  if (reversePath === '') return 'its reverse-path is null'
  if (isMailSystem(reversePath)) return 'it comes from a mail system'
  const list = message.fields.find(({ name }) => lowerAscii(name).startsWith('list-'))
  if (list !== undefined) return `it is the post of a list (${list.name})`
  const found = automaticSign(message)
  return found && `it carries ${found.sign}`
}

/** What DKIM has signed can be sent to anybody again (RFC 6376 section 8.15): it speaks only where it covers who it was for. */
function voucher(
  message: Message,
  { reversePath, forwardPath }: { readonly reversePath: string; readonly forwardPath: string },
  record: AdmissionRecord,
): Voucher | undefined {
  if (record.state === 'pass') return 'DKIM2'
  if (record.state !== 'none') return undefined
  if (record.sender?.spf === 'pass') return 'SPF'
  const domain = asciiDomainOf(reversePath)
  const speakers = dkimSpeakers(message, record, [forwardPath])
  return speakers.some(speaker => relaxedDomainMatch(domain, speaker)) ? 'DKIM' : undefined
}
