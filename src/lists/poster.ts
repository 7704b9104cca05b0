/**
 * Who posted a message, and how much of that may be believed. A list that is not open to anyone lets people in by their
 * address, so that a claim which somebody contradicts (DKIM2, SPF) is no ticket, and one that nobody vouches for is a weak one.
 */

import { answeringHop, speaksForFrom } from '../dkim2/answering-hop.ts'
import { singleMailbox } from '../message/from-field.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import { addressKey } from './list-address.ts'
import { dkimSpeakers, isAddressedTo } from './meant-for.ts'

export interface Poster {
  /** The one address in From; undefined where there is none, or more than one. */
  readonly from: string | undefined
  /** MAIL FROM; '' is the null reverse-path. */
  readonly reversePath: string
  /**
   * The domain of From answers for it, in this message and to these addresses: by DKIM2, by DKIM, or by SPF for a sender of the
   * same domain.
   */
  readonly isFromVouched: boolean
  /**
   * The author has handed this very text to these addresses: by DKIM2 to them, by DKIM that names them, or as a client of
   * ours. SPF says no more than who brought it.
   */
  readonly isOwnWord: boolean
  /** The reverse-path may be believed. */
  readonly isSenderVouched: boolean
  /** Somebody who should know says that the sender is not the one that the message claims. */
  readonly isContradicted: boolean
}

/**
 * @param message as received
 * @param addresses that the message may have been meant for: the one that it came to, and what that leads to
 */
export function posterOf(
  message: Message,
  reversePath: string,
  record: AdmissionRecord,
  addresses: readonly string[],
): Poster {
  const from = addressInFrom(message)
  const speakers = dkimSpeakers(message, record, addresses)
  const vouch =
    from === undefined ? nobody : vouchFor(message, from, reversePath, { record, speakers, addresses })
  return {
    from,
    reversePath,
    ...vouch,
    isSenderVouched: record.senderAuthenticated,
    isContradicted: isContradicted(record, reversePath, speakers),
  }
}

function addressInFrom({ fields }: Message): string | undefined {
  const [field, ...others] = fields.filter(one => lowerAscii(one.name) === 'from')
  return field === undefined || others.length > 0 ? undefined : singleMailbox(fieldValue(field))
}

type Vouch = Pick<Poster, 'isFromVouched' | 'isOwnWord'>
const nobody: Vouch = { isFromVouched: false, isOwnWord: false }

interface Evidence {
  readonly record: AdmissionRecord
  /** Of the DKIM signatures that speak for it as a message to the addresses. */
  readonly speakers: readonly string[]
  readonly addresses: readonly string[]
}

function vouchFor(message: Message, from: string, reversePath: string, evidence: Evidence): Vouch {
  const { record, speakers } = evidence
  if (record.state === 'pass') return vouchOfChain(message, evidence)
  if (record.state !== 'none') return nobody
  if (record.sender === undefined) {
    const isOurs = record.senderAuthenticated && speaksForFrom(message, asciiDomainOf(reversePath))
    return { isFromVouched: isOurs, isOwnWord: isOurs }
  }
  const isSigned = speakers.some(domain => speaksForFrom(message, domain))
  const isSenderOfFrom = record.sender.spf === 'pass' && asciiDomainOf(reversePath) === asciiDomainOf(from)
  return { isFromVouched: isSigned || isSenderOfFrom, isOwnWord: isSigned }
}

/**
 * The hop that answers for what is to be read signs for the domain of From, and either handed the message to the addresses
 * itself or names them in To or Cc: what was handed to somebody else may be sent on to anywhere by that one.
 */
function vouchOfChain(message: Message, { record, addresses }: Evidence): Vouch {
  const hop = answeringHop(message, record)
  if (hop === undefined || !speaksForFrom(message, hop.domain)) return nobody
  const wanted = new Set(addresses.map(addressKey))
  const isHandedOver = hop.forwardPaths.some(path => wanted.has(addressKey(path)))
  return { isFromVouched: isHandedOver || isAddressedTo(message, addresses), isOwnWord: isHandedOver }
}

/** A softfail is what most domains have in place of a fail; what DKIM vouches for may come by any way. */
function isContradicted(record: AdmissionRecord, reversePath: string, speakers: readonly string[]): boolean {
  if (record.state === 'fail' || record.state === 'permerror') return true
  const domain = asciiDomainOf(reversePath)
  if (speakers.some(speaker => domain === speaker || domain.endsWith(`.${speaker}`))) return false
  return record.sender?.spf === 'fail' || record.sender?.spf === 'softfail'
}
