/**
 * Who posted a message, and how much of that may be believed. A list that is not open to anyone lets people in by their
 * address, so that a claim which somebody contradicts (DKIM2, SPF) is no ticket, and one that nobody vouches for is a weak one.
 */
import type { AdmissionRecord } from '../admit/admit.ts'
import { isFromAuthentic } from '../dkim2/from-authentic.ts'
import { explain } from '../dkim2/index.ts'
import { singleMailbox } from '../message/from-field.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'

export interface Poster {
  /** The one address in From; undefined where there is none, or more than one. */
  readonly from: string | undefined
  /** MAIL FROM; '' is the null reverse-path. */
  readonly reversePath: string
  /** The domain of From answers for it: by DKIM2, by DKIM, or by SPF for a sender of the same domain. */
  readonly isFromVouched: boolean
  /** The reverse-path may be believed. */
  readonly isSenderVouched: boolean
  /** Somebody who should know says that the sender is not the one that the message claims. */
  readonly isContradicted: boolean
}

/** @param message as received */
export function posterOf(message: Message, reversePath: string, record: AdmissionRecord): Poster {
  const from = addressInFrom(message)
  return {
    from,
    reversePath,
    isFromVouched: from !== undefined && isFromVouched(message, from, reversePath, record),
    isSenderVouched: record.senderAuthenticated,
    isContradicted: isContradicted(record),
  }
}

function addressInFrom({ fields }: Message): string | undefined {
  const [field, ...others] = fields.filter(one => lowerAscii(one.name) === 'from')
  return field === undefined || others.length > 0 ? undefined : singleMailbox(fieldValue(field))
}

function isFromVouched(
  message: Message,
  from: string,
  reversePath: string,
  record: AdmissionRecord,
): boolean {
  if (record.state === 'pass') return isFromOfChain(message, record)
  if (record.state !== 'none') return false
  const vouches = (domain: string) =>
    isFromAuthentic(
      message.fields,
      domain,
      (fromDomain, by) => fromDomain === by || fromDomain.endsWith(`.${by}`),
    )
  if (record.sender === undefined) return record.senderAuthenticated && vouches(asciiDomainOf(reversePath))
  const isSenderOfFrom = record.sender.spf === 'pass' && asciiDomainOf(reversePath) === asciiDomainOf(from)
  return isSenderOfFrom || record.sender.dkimDomains.some(vouches)
}

/** The hop that put From there, the first or the last that changed it, signs for the domain of it. */
function isFromOfChain(message: Message, record: AdmissionRecord): boolean {
  const hops = explain(message, record).hops
  const changed = hops.findLast(hop =>
    hop.versions.some(
      ({ number, headers }) => number > 1 && headers.some(name => lowerAscii(name) === 'from'),
    ),
  )
  const by = (changed ?? hops[0])?.domain
  const isBelow = (domain: string, signer: string) => domain === signer || domain.endsWith(`.${signer}`)
  return by !== undefined && isFromAuthentic(message.fields, by, isBelow)
}

/** A softfail is what most domains have in place of a fail; what DKIM vouches for may come by any way. */
function isContradicted(record: AdmissionRecord): boolean {
  if (record.state === 'fail' || record.state === 'permerror') return true
  const { sender } = record
  return sender !== undefined && !sender.authenticated && (sender.spf === 'fail' || sender.spf === 'softfail')
}
